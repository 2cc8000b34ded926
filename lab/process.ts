import { readFile, readdir } from 'node:fs/promises';

/** A process that is told apart from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTicks: string;
}

/** Null where no such process runs (a zombie does not). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The command's name stands in brackets and may hold brackets and blanks itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return startTicks === undefined || state === 'Z' ? null : { pid, startTicks };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTicks === process.startTicks;
}

/** Processes whose arguments begin with `words`, with the program's own name first. */
export async function findProcesses(words: readonly string[]): Promise<ProcessIdentity[]> {
  const wanted = `${words.join('\0')}\0`;
  const found: ProcessIdentity[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'latin1').catch(() => '');
    if (!commandLine.startsWith(wanted)) continue;
    const process = await identify(Number(entry));
    if (process !== null) found.push(process);
  }
  return found;
}

/** Sends a signal; a process that has ended meanwhile is no error. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
