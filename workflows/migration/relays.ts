/** What a migration asks its relays: how many servers they serve, and whether there is room for the jobs that wait. */
import { ActivityFailure, condition } from '@temporalio/workflow';
import type { RelayAnswer } from '../../src/model/activities.js';
import { relayQuestion } from '../activities.js';
import type { FleetState, RelayInquiry } from './FleetState.js';

/** Room is also freed by others than our jobs: it is asked for again after this long, then ever less often. */
const FIRST_AGAIN_MS = 30_000;
const LAST_AGAIN_MS = 5 * 60_000;

/**
 * Asks all relays at once, then again whenever something has changed for the jobs that wait for room, and every so
 * often while there are any. Here and not in the jobs, whose histories it would fill in weeks of waiting.
 * @param tell - Called when there are answers.
 */
export async function watchRelays(fleet: FleetState, tell: () => void): Promise<never> {
  for (let againMs = FIRST_AGAIN_MS; ;) {
    const { asOf, relays } = fleet.relayInquiries();
    fleet.takeAnswers(asOf, await Promise.all(relays.map(ask)));
    tell();
    const isDue = (): boolean => fleet.mustAskRelays();
    if (!fleet.waitsForRoom()) await condition(isDue);
    else if (!(await condition(isDue, againMs))) againMs = Math.min(LAST_AGAIN_MS, 2 * againMs);
    else againMs = FIRST_AGAIN_MS;
  }
}

async function ask(inquiry: RelayInquiry): Promise<{ inquiry: RelayInquiry; answer: RelayAnswer | null }> {
  const { relay, waiting } = inquiry;
  try {
    return { inquiry, answer: await relayQuestion(relay.name).askRelay(relay, waiting) };
  } catch (error) {
    // Its worker is not there, or its folder cannot be looked at: what waits for it goes on waiting.
    if (error instanceof ActivityFailure) return { inquiry, answer: null };
    throw error;
  }
}
