import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that is told apart from a later one with the same number, also across reboots. */
export interface ProcessRef {
  readonly pid: number;
  /** Boot id and start time in clock ticks after that boot. */
  readonly startTime: string;
}

/** The process with that number as it runs now; null: none. */
export function processRef(pid: number): ProcessRef | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and parentheses: count the fields behind its last one (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const ticks = fields[19];
    if (ticks === undefined || state === 'Z' || state === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { pid, startTime: `${boot}/${ticks}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it ended between open and read.
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

export function isAlive(ref: ProcessRef): boolean {
  return processRef(ref.pid)?.startTime === ref.startTime;
}

/** Sends a signal unless the process is gone already. */
export function sendSignal(ref: ProcessRef, signal: NodeJS.Signals): void {
  if (!isAlive(ref)) return;
  try {
    process.kill(ref.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends a process: SIGTERM, then after `graceMs` SIGKILL. Answers whether it went by itself. */
export async function endProcess(ref: ProcessRef, graceMs: number): Promise<boolean> {
  sendSignal(ref, 'SIGTERM');
  if (await waitUntil(() => !isAlive(ref), graceMs)) return true;
  sendSignal(ref, 'SIGKILL');
  await waitUntil(() => !isAlive(ref), 5_000);
  return false;
}

/** Asks until the condition holds; false: it did not within `timeoutMs`. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  intervalMs = 50,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await delay(intervalMs);
  }
  return true;
}
