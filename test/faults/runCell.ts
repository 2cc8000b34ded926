import { pollUntil } from '../../activities/support/poll.js';
import { delay } from '../../src/delay.js';
import type { ServerResult, StepTime } from '../../src/model/job.js';
import { linkBytes } from '../e2e/cable.js';
import type { Cell } from './cells.js';
import type { Expected } from './faults.js';
import { again, BEGIN, tidySource, toItsEnd } from './journeys.js';
import type { Course, Moment } from './moments.js';
import type { Site } from './Site.js';
import type { Mend } from './strikes/strike.js';
import { Trial, type TrialOptions } from './Trial.js';
import { Watch } from './Watch.js';

/** What a run of some content costs: as the relay counts it, and as the kernel counts it on the cable. */
export interface Wire {
  readonly wireBytes: number;
  readonly linkBytes: number;
}

export interface Outcome {
  /** `went on`, or the code that waited for the operator. */
  readonly ended: string;
  readonly wire: Wire;
  readonly seconds: number;
  readonly steps: readonly StepTime[];
}

export interface CellOptions {
  /** Whether the image is booted and checked. */
  readonly boot: boolean;
}

/** A step of a migration is reached within this time, also by an emulated machine beside another on two slow cores. */
const REACHED_MS = 15 * 60_000;

/**
 * Strikes one migration, and brings it to its end.
 * @throws Error where it does not end as it must
 */
export async function runCell(site: Site, cell: Cell, { boot }: CellOptions): Promise<Outcome> {
  const { fault, moment, expected } = cell;
  return onTrial(site, optionsOf(cell, boot), moment.journey, async (trial) => {
    await reach(trial, moment);
    const mend = once(await fault.strike(trial));
    try {
      return await endOf(trial, expected, fault.mended, mend);
    } finally {
      await mend();
    }
  });
}

/** The same migration with nothing done to it. */
export async function runUndisturbed(site: Site, { journey, content }: Course): Promise<Outcome> {
  const name = `undisturbed-${journey}-${content.replaceAll(' ', '-')}`;
  const incremental = journey !== 'once';
  const options = { name, incremental, content, boot: false, attempts: 1, smallDisk: false };
  return onTrial(site, options, journey, async (trial) => {
    requireGood(await toItsEnd(trial));
    return 'undisturbed';
  });
}

/** Prepares a migration and begins it, has it worked on, requires a good image, and removes it. */
export async function onTrial(
  site: Site,
  options: TrialOptions,
  journey: Moment['journey'],
  work: (trial: Trial) => Promise<string>,
): Promise<Outcome> {
  const startedMs = Date.now();
  const trial = await Trial.prepare(site, options);
  try {
    const linkBefore = await linkBytes(site.server.name);
    await BEGIN[journey](trial);
    const ended = await work(trial);
    const server = await trial.follow();
    requireGood(server);
    if (options.boot) requireBooted(server);
    const wire = {
      wireBytes: server.sync?.wireBytes ?? 0,
      linkBytes: (await linkBytes(site.server.name)) - linkBefore,
    };
    await trial.remove();
    await tidySource(site.shell);
    if (trial.disk !== null) await site.removeDisk(trial.disk);
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    return { ended, wire, seconds, steps: server.times ?? [] };
  } catch (error) {
    await trial.disk?.empty();
    throw error;
  }
}

function optionsOf({ name, fault, moment }: Cell, boot: boolean): TrialOptions {
  return {
    name: name.replaceAll(':', '-'),
    incremental: moment.journey !== 'once',
    content: moment.content,
    boot,
    attempts: fault.attempts,
    smallDisk: fault.smallDisk,
  };
}

async function reach(trial: Trial, moment: Moment): Promise<void> {
  const watch = await Watch.on(trial);
  try {
    await pollUntil(10, AbortSignal.timeout(REACHED_MS), async () => {
      const sight = await watch.look();
      if (sight === null) return null;
      if (sight.status === 'InError') throw new Error(`it is in error before ${moment.name}`);
      return (await moment.isNow(sight, trial)) ? true : null;
    });
  } finally {
    await watch.close();
  }
}

/** From the strike to a finished migration: what it came to in between. */
async function endOf(
  trial: Trial,
  expected: Expected,
  mended: number | 'when asked',
  mend: Mend,
): Promise<string> {
  if (mended !== 'when asked') {
    await delay(mended * 1000);
    await mend();
  }
  const server = await toItsEnd(trial);
  if (isWanted(expected, server)) {
    if (server.error === null) return 'went on';
    await mend();
    await again(trial, server);
    await toItsEnd(trial);
    return server.error.code;
  }
  const wanted = typeof expected === 'string' ? `goes on` : expected.join(' or ');
  throw new Error(`wanted: ${wanted}; it is ${standing(server)}`);
}

/** Whether it stands as it must after the strike. A defect of our own is never what must be. */
function isWanted(expected: Expected, { status, error }: ServerResult): boolean {
  if (error === null) return status === 'Finished' && (expected === 'goes on' || expected === 'either');
  if (expected === 'either') return error.code !== 'E-INTERNAL';
  return expected !== 'goes on' && expected.some((code) => code === error.code);
}

function requireGood(server: ServerResult): void {
  if (server.status !== 'Finished') throw new Error(`it is not finished: ${standing(server)}`);
  const { checksum } = server.verify ?? {};
  if (checksum?.differences !== 0 || server.images.length === 0) {
    throw new Error(`its image is not verified: ${JSON.stringify(server.verify)}`);
  }
}

function requireBooted(server: ServerResult): void {
  if (server.verify?.boot.at(-1)?.booted === true) return;
  throw new Error(`its image has not booted: ${JSON.stringify(server.verify?.boot)}`);
}

function standing({ status, step, error }: ServerResult): string {
  return `${status} in ${step ?? 'no step'}${error === null ? '' : `, ${error.code}: ${error.message}`}`;
}

function once(mend: Mend): Mend {
  let mending: Promise<void> | null = null;
  return () => (mending ??= mend());
}
