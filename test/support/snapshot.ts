import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { execa } from 'execa';

/** What fleetlift could leave behind on a machine, in lines that two snapshots can be compared by. */
export interface SystemSnapshot {
  /** Mounts of every mount namespace; those of the others are marked, as their number is not stable. */
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  readonly networkNamespaces: readonly string[];
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly controlGroups: readonly string[];
  /** Command lines, without kernel threads. */
  readonly processes: readonly string[];
  readonly authorizedKeys: readonly string[];
}

export interface SnapshotOptions {
  /**
   * Lines left out, by subject: what comes and goes for reasons that are not the test's. This process, its
   * parents and its children are left out anyway.
   */
  readonly ignore?: Partial<Record<keyof SystemSnapshot, readonly RegExp[]>>;
}

/** Looks at the whole machine; wants root, for the namespaces of other processes. */
export async function snapshot(options: SnapshotOptions = {}): Promise<SystemSnapshot> {
  const processes = await readProcesses();
  const found: SystemSnapshot = {
    mounts: await readMounts(processes),
    loopDevices: await linesOf(
      'losetup',
      '--noheadings',
      '--raw',
      '--list',
      '--output',
      'NAME,OFFSET,BACK-FILE',
    ),
    networkNamespaces: await linesOf('ip', 'netns', 'list'),
    links: (await linesOf('ip', '-brief', 'link')).map(firstWord),
    addresses: (await linesOf('ip', '-brief', 'address')).map((line) => line.replace(/\s+/g, ' ')),
    controlGroups: await linesOf(
      ...['find', '/sys/fs/cgroup', '-maxdepth', '2', '-type', 'd', '-path', '*/fl-*'],
    ),
    processes: processes.map(({ commandLine, own }) => commandLine + (own ? '' : ELSEWHERE)),
    authorizedKeys: await hashOf('/root/.ssh/authorized_keys'),
  };
  const { ignore = {} } = options;
  const kept = Object.entries(found).map(([subject, all]: [string, readonly string[]]) => {
    const patterns = ignore[subject as keyof SystemSnapshot] ?? [];
    return [subject, all.filter((line) => !patterns.some((pattern) => pattern.test(line))).sort()];
  });
  return Object.fromEntries(kept) as SystemSnapshot;
}

/** What is new (`+`) and what is gone (`-`) between two snapshots, one line each; nothing where they are equal. */
export function diffSnapshots(before: SystemSnapshot, after: SystemSnapshot): string[] {
  return (Object.keys(before) as (keyof SystemSnapshot)[]).flatMap((subject) => [
    ...without(after[subject], before[subject]).map((line) => `${subject}: + ${line}`),
    ...without(before[subject], after[subject]).map((line) => `${subject}: - ${line}`),
  ]);
}

/** Ends the line of a mount or process in another namespace than ours. */
const ELSEWHERE = ' (another namespace)';

interface Process {
  readonly pid: number;
  readonly commandLine: string;
  /** Null where the machine shows it not even to root; what we start can always be looked into. */
  readonly mountNamespace: string | null;
  /** Whether it is in our own pid namespace, as far as the machine shows that. */
  readonly own: boolean;
}

async function readProcesses(): Promise<Process[]> {
  const ours = await ownProcesses();
  const all = await Promise.all((await readdir('/proc')).map((entry) => readProcess(Number(entry))));
  return all.filter((one) => one !== null).filter(({ pid }) => !ours.has(pid));
}

/** Null for what is no process, a kernel thread (no command line), or a process that has just ended. */
async function readProcess(pid: number): Promise<Process | null> {
  if (!Number.isInteger(pid)) return null;
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');
    const mountNamespace = await readlink(`/proc/${pid}/ns/mnt`).catch(orNull('EACCES'));
    const pidNamespace = await readlink(`/proc/${pid}/ns/pid`).catch(orNull('EACCES'));
    const own = pidNamespace === null || pidNamespace === (await readlink('/proc/self/ns/pid'));
    return words.length === 0 ? null : { pid, commandLine: words.join(' '), mountNamespace, own };
  } catch (error) {
    return orNull('ENOENT', 'ESRCH')(error);
  }
}

/** Turns an expected failure of a system call into null, and throws every other. */
function orNull(...codes: string[]): (error: unknown) => null {
  return (error) => {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  };
}

/** This process, its parents, and its children. */
async function ownProcesses(): Promise<ReadonlySet<number>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    const parent = /^PPid:\t(\d+)$/m.exec(status)?.[1];
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const ours = new Set<number>();
  for (let pid = process.pid; pid > 0 && !ours.has(pid); pid = parents.get(pid) ?? 0) ours.add(pid);
  for (const [child, parent] of parents) if (parent === process.pid) ours.add(child);
  return ours;
}

async function readMounts(processes: readonly Process[]): Promise<string[]> {
  const own = await readlink('/proc/self/ns/mnt');
  const members = new Map([[own, process.pid]]);
  for (const { mountNamespace, pid } of processes) {
    if (mountNamespace !== null && mountNamespace !== own) members.set(mountNamespace, pid);
  }
  const mounts: string[] = [];
  for (const [namespace, pid] of members) {
    const table = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    for (const line of lines(table)) {
      const [, , , root = '', mountpoint = '', ...rest] = line.split(' ');
      const [type = '', source = ''] = rest.slice(rest.indexOf('-') + 1);
      const where = namespace === own ? '' : ELSEWHERE;
      mounts.push(`${mountpoint} ${type} ${source}${root === '/' ? '' : `[${root}]`}${where}`);
    }
  }
  return mounts;
}

async function hashOf(path: string): Promise<string[]> {
  const file = await realpath(path).catch(() => null);
  if (file === null) return [];
  return [
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ];
}

/** The items of `all` that are not in `some`, counting how often each is there. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of some) counts.set(item, (counts.get(item) ?? 0) + 1);
  return all.filter((item) => {
    const count = counts.get(item) ?? 0;
    counts.set(item, count - 1);
    return count <= 0;
  });
}

async function linesOf(...[command = '', ...args]: string[]): Promise<string[]> {
  return lines((await execa(command, args)).stdout);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function firstWord(line: string): string {
  return line.split(/\s/)[0] ?? '';
}
