import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { JobPaths } from '../paths.js';
import { formatRecord, isAlive, isStaying, signalRecord, type ProcessRecord } from '../processRecord.js';
import { runPrefixed, type RunOptions, type RunResult } from '../runTool.js';
import { until } from '../until.js';
import { findHolder, startHolder, type HolderFiles } from './holder.js';
import {
  attachLoop,
  listLoops,
  type AttachedLoop,
  type LoopDevice,
  type LoopOptions,
  type LoopRange,
} from './loopDevices.js';

export interface MountOptions extends RunOptions {
  readonly type: string;
  /** Mount options, `nodev,nosuid,noexec` excepted, which every mount has: it holds a stranger's files. */
  readonly options?: readonly string[];
}

/**
 * A mount and pid namespace of one job. What is mounted in it is seen by nobody else, and goes with it: also after a
 * `kill -9` of everything nothing is left to tidy up but the folder.
 */
export class JobNamespace {
  private constructor(
    private readonly folder: string,
    private readonly files: HolderFiles,
    private readonly holder: ProcessRecord,
  ) {}

  /**
   * Adopts the job's living namespace of that name, or makes a new one.
   *
   * @throws FleetliftError E-RELAY-DISK where the kernel refuses one
   */
  static async open(paths: JobPaths, name: string): Promise<JobNamespace> {
    await mkdir(paths.work, { recursive: true, mode: 0o700 });
    const files = filesOf(paths, name);
    const holder = (await findHolder(files)) ?? (await startHolder(files, paths.job));
    return new JobNamespace(paths.job, files, holder);
  }

  /** The job's living namespace of that name; null where none lives. */
  static async find(paths: JobPaths, name: string): Promise<JobNamespace | null> {
    const files = filesOf(paths, name);
    const holder = await findHolder(files);
    return holder === null ? null : new JobNamespace(paths.job, files, holder);
  }

  /** Pid of the holder, in the host's pid namespace. */
  get pid(): number {
    return this.holder.pid;
  }

  /** Tells this namespace apart from every other one of this machine, also after a reboot. */
  get identity(): string {
    return formatRecord(this.holder).trim();
  }

  /**
   * Runs a tool inside; it dies with this process and with the namespace.
   *
   * @throws FleetliftError E-RELAY-TOOL, E-RELAY-DISK (see {@link RunOptions}), or the reason of an abort
   */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return runPrefixed(this.enter(), command, args, options);
  }

  /**
   * Attaches a part of a file. Release the device once it is mounted, or no longer needed.
   *
   * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL
   */
  async attach(file: string, range: LoopRange, options: LoopOptions = {}): Promise<LoopDevice> {
    return attachLoop(this.enter(), file, range, options);
  }

  /**
   * Mounts a device inside, on a folder that is made where it is missing. Nothing happens where it is mounted already.
   *
   * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL
   */
  async mount(device: string, target: string, options: MountOptions): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o700 });
    const words = ['nodev', 'nosuid', 'noexec', ...(options.options ?? [])].join(',');
    await this.run('mount', ['-t', options.type, '-o', words, device, target], options);
  }

  /** Unmounts, where it is mounted. */
  async unmount(target: string, options: RunOptions = {}): Promise<void> {
    if ((await this.mountedAt()).has(target)) await this.run('umount', [target], options);
  }

  /** Device by mount point of all that is mounted inside. */
  async mountedAt(): Promise<ReadonlyMap<string, string>> {
    const table = await this.mountTable();
    const mounts = new Map<string, string>();
    for (const line of table.split('\n')) {
      const [place, source] = [line.split(' ')[4], line.split(' - ')[1]?.split(' ')[1]];
      if (place !== undefined && source !== undefined) mounts.set(unescape(place), unescape(source));
    }
    return mounts;
  }

  /** How a process of the host reaches a path that is mounted inside. */
  hostPath(inside: string): string {
    return `/proc/${this.holder.pid}/root${inside}`;
  }

  /**
   * Kills everything inside and waits until mounts and loop devices are gone. May be called again.
   *
   * @throws FleetliftError E-RELAY-DISK where the kernel still holds one after 60 s
   */
  async close(): Promise<void> {
    const held = await this.heldLoops();
    await signalRecord(this.holder, 'SIGKILL');
    const gone = await until(async () => !(await isAlive(this.holder)) && !(await stillAttached(held)), {
      deadlineMs: 60_000,
    });
    if (!gone) {
      const names = held.map((loop) => `${loop.path} of ${loop.backFile}`).join(', ');
      throw new FleetliftError('E-RELAY-DISK', { message: `the job's namespace does not end: ${names}` });
    }
    await rm(this.files.record, { force: true });
  }

  private async mountTable(): Promise<string> {
    try {
      return await readFile(`/proc/${this.holder.pid}/mountinfo`, 'utf8');
    } catch (cause) {
      // ENOENT, ESRCH or EINVAL, as far as the kernel has got with taking it apart.
      throw new FleetliftError('E-RELAY-DISK', { message: "the job's namespace has ended", cause });
    }
  }

  private enter(): readonly string[] {
    return ['nsenter', '-t', String(this.holder.pid), '-m', '-p', '--'];
  }

  /** Devices mounted below the job's folder; what the host had mounted when we began stays mounted there. */
  private async heldLoops(): Promise<AttachedLoop[]> {
    if (!(await isStaying(this.holder))) return [];
    const own = [...(await this.mountedAt())].filter(([place]) => place.startsWith(`${this.folder}/`));
    const devices = new Set(own.map(([, device]) => device));
    return (await listLoops()).filter((loop) => devices.has(loop.path));
  }
}

function filesOf(paths: JobPaths, name: string): HolderFiles {
  const base = join(paths.work, `${name}.namespace`);
  return { record: base, lock: `${base}.lock`, log: `${base}.log` };
}

async function stillAttached(held: readonly AttachedLoop[]): Promise<boolean> {
  const now = await listLoops();
  return held.some((one) =>
    now.some(
      (loop) =>
        loop.path === one.path && loop.backFile === one.backFile && loop.offsetBytes === one.offsetBytes,
    ),
  );
}

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
