import type { Client } from '@temporalio/client';
import { printable } from '../console/text.js';
import type { LogText } from '../model/activities.js';
import type { Relay } from '../model/fleet.js';
import { delay } from '../delay.js';
import type { CommandContext } from './context.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { withInterrupt } from './interrupt.js';
import { parseJob } from './jobNames.js';

/** Lines of each log that are shown before what is new, as `tail` does. */
const LINES_BEFORE = 10;
/** Between two questions where new text comes all the time. */
const PAUSE_MS = 500;

export interface Followed {
  /** Id of the job. */
  readonly job: string;
  readonly relay: Relay;
  readonly isWanted: (log: LogText) => boolean;
}

/**
 * Shows what a job's logs get, until the job has ended and all is shown; Ctrl-C only leaves.
 * @param texts - As they are now.
 */
export async function followLogs(
  { output }: CommandContext,
  client: Client,
  { job, relay, isWanted }: Followed,
  texts: readonly LogText[],
): Promise<ExitCode> {
  const [{ fetchLogs }, { historyLogs }, { isOpen }] = await Promise.all([
    import('../temporal/tasks.js'),
    import('../temporal/historyLogs.js'),
    import('../temporal/isOpen.js'),
  ]);
  const ends = new Map<string, number>();
  let shown = '';
  const show = (log: LogText, text: string): void => {
    ends.set(log.name, log.end);
    if (text === '' || !isWanted(log)) return;
    if (log.name !== shown) output.print(...(shown === '' ? [] : ['']), `==> ${printable(log.name)} <==`);
    shown = log.name;
    output.print(printable(text).replace(/\n$/, ''));
  };
  for (const log of texts) show(log, lastLines(log.text));
  return withInterrupt(async (interrupted) => {
    while (!interrupted.aborted) {
      // Asked before the logs: what came before its end is then among them.
      const open = await isOpen(client, job);
      const news = await unless(
        interrupted,
        fetchLogs(client, parseJob(job), relay, Object.fromEntries(ends)),
      );
      const steps = (await historyLogs(client, job)).flatMap((log) => since(log, ends.get(log.name) ?? 0));
      for (const log of [...steps, ...(news ?? [])]) show(log, log.text);
      if (!open && news?.length === 0 && steps.length === 0) return EXIT.done;
      await delay(PAUSE_MS, interrupted).catch(() => undefined);
    }
    return EXIT.detached;
  });
}

/** What a log has besides so many bytes of it; nothing where that is all. */
function since(log: LogText, bytes: number): LogText[] {
  return log.end <= bytes ? [] : [{ ...log, text: Buffer.from(log.text).subarray(bytes).toString('utf8') }];
}

function lastLines(text: string): string {
  return text
    .split('\n')
    .slice(-LINES_BEFORE - 1)
    .join('\n');
}

/** What a promise gives, or null as soon as the signal comes: its answer is then wanted by nobody. */
async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | null> {
  const given = new AbortController();
  const interrupted = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true, signal: given.signal });
  });
  try {
    return await Promise.race([promise, interrupted]);
  } finally {
    given.abort();
    promise.catch(() => undefined);
  }
}
