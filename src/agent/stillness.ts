import { FleetliftError } from '../errors/FleetliftError.js';

/** Whether services have stood still since they were stopped. */
export type Stillness =
  | {
      readonly still: true;
      /** By the source's clock, seconds since the epoch. */ readonly stoppedAtEpoch: number;
    }
  | { readonly still: false; readonly reason: string };

/**
 * Reads the agent's answer: `still EPOCH` or `moved REASON`.
 * @throws E-AGENT-OUTPUT
 */
export function parseStillness(output: Buffer): Stillness {
  const line = output.toString('utf8').trim().split('\n').at(-1) ?? '';
  const stopped = /^still (\d{1,12})$/.exec(line)?.[1];
  if (stopped !== undefined) return { still: true, stoppedAtEpoch: Number(stopped) };
  const reason = /^moved (.+)$/.exec(line)?.[1];
  if (reason !== undefined) return { still: false, reason: reason.slice(0, 300) };
  throw new FleetliftError('E-AGENT-OUTPUT', {
    message: `not whether services stand still: ${JSON.stringify(line.slice(0, 200))}`,
  });
}
