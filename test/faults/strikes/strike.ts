import { pollUntil } from '../../../activities/support/poll.js';
import type { Trial } from '../Trial.js';

/** Takes back what a strike has done, as far as an operator would have to. */
export type Mend = () => Promise<void>;
export type Strike = (trial: Trial) => Promise<Mend>;

/** What was to be struck is not there. */
export class NothingToStrike extends Error {}

const NOTHING_TO_MEND: Mend = () => Promise.resolve();
/** A step that has begun has its processes within this time. */
const THERE_WITHIN_MS = 8_000;

/** Strikes as soon as there is something to: the work answers null where there is nothing yet. */
export async function whenThere<T>(what: string, work: () => Promise<T | null>): Promise<T> {
  const deadline = AbortSignal.timeout(THERE_WITHIN_MS);
  try {
    return await pollUntil(20, deadline, work);
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new NothingToStrike(`there is no ${what}`);
  }
}

/** A strike that kills the process with the answered number. */
export function killing(what: string, pid: (trial: Trial) => Promise<number | null>): Strike {
  return async (trial) => {
    process.kill(await whenThere(what, () => pid(trial)), 'SIGKILL');
    return NOTHING_TO_MEND;
  };
}

/** A strike by a script on the source, which answers by its exit status whether there was something to strike. */
export function onSource(what: string, script: string): Strike {
  return async ({ site }) => {
    await whenThere(what, () =>
      site.shell.run(script).then(
        () => true,
        () => null,
      ),
    );
    return NOTHING_TO_MEND;
  };
}
