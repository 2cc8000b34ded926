import { readFile } from 'node:fs/promises';

/** A process that is told apart from a later one with the same pid by its start time. */
export interface ProcessRecord {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat`, clock ticks since the machine's boot. */
  readonly startTicks: string;
}

/** The record of a living process; null where there is none (a zombie is none). */
export async function recordOf(pid: number): Promise<ProcessRecord | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null; // ENOENT or ESRCH: gone
  }
  // The command stands in parentheses and may itself hold any byte, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return startTicks === undefined || state === 'Z' || state === 'X' ? null : { pid, startTicks };
}

/** Whether that very process still lives. */
export async function isAlive(record: ProcessRecord): Promise<boolean> {
  return (await recordOf(record.pid))?.startTicks === record.startTicks;
}

/**
 * Whether that very process lives and is not about to die. One that was killed still has its record while the kernel
 * takes it apart, which takes a while for the first process of a namespace with mounts in it.
 */
export async function isStaying(record: ProcessRecord): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${record.pid}/stat`, 'utf8');
    const status = await readFile(`/proc/${record.pid}/status`, 'utf8');
    const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
    const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s+([0-9a-f]+)$/gm)].map((one) =>
      BigInt(`0x${String(one[1])}`),
    );
    const killed = pending.some((set) => (set & SIGKILL_BIT) !== 0n);
    return (flags & PF_EXITING) === 0 && !killed && (await isAlive(record));
  } catch {
    return false; // ENOENT or ESRCH: gone
  }
}

/** include/linux/sched.h */
const PF_EXITING = 0x4;
const SIGKILL_BIT = 1n << 8n;

/** Parses `PID STARTTICKS`, as {@link formatRecord} writes it; null where the text is something else. */
export function parseRecord(text: string): ProcessRecord | null {
  const match = /^(\d+) (\d+)\s*$/.exec(text);
  return match === null ? null : { pid: Number(match[1]), startTicks: String(match[2]) };
}

export function formatRecord(record: ProcessRecord): string {
  return `${record.pid} ${record.startTicks}\n`;
}

/** Sends a signal to that very process, if it still lives. */
export async function signalRecord(record: ProcessRecord, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(record))) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
