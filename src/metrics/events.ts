/** What this process counts by itself: what happens in it, and only in it. */
import { CATALOGUE } from '../errors/catalogue.js';
import type { StepNews } from '../model/figures.js';
import { PHASE_OF_STEP, type JobRef, type JobStep } from '../model/job.js';
import { metrics } from './registry.js';

const STEPS = Object.keys(PHASE_OF_STEP) as JobStep[];
/** What a step can fail with. */
const FAILURES = Object.keys(CATALOGUE).filter((code) => code.startsWith('E-'));

/** Begins to count at zero: of a series that begins at one, `increase` would not see the first. */
export function beginToCount(): void {
  for (const step of STEPS) {
    metrics.retries.inc({ step }, 0);
    for (const code of FAILURES) metrics.stepFailures.inc({ step, code }, 0);
    for (const outcome of ['done', 'failed'] as const) metrics.stepDuration.zero({ step, outcome });
  }
}

/** Counts what has become of a job's steps. */
export function countSteps({ times, failures, retries }: StepNews): void {
  for (const { step, outcome, seconds } of times) metrics.stepDuration.observe({ step, outcome }, seconds);
  for (const labels of failures) metrics.stepFailures.inc(labels);
  for (const step of retries) metrics.retries.inc({ step });
}

/** Tells how fast a pass is received, bytes a second. */
export function showRate({ migration, server }: JobRef, logical: number, wire: number): void {
  metrics.syncRate.set({ migration, server, kind: 'logical' }, logical);
  metrics.syncRate.set({ migration, server, kind: 'wire' }, wire);
}

/** A pass is over, or is watched by another process from now on. */
export function endRate({ migration, server }: JobRef): void {
  metrics.syncRate.remove({ migration, server, kind: 'logical' });
  metrics.syncRate.remove({ migration, server, kind: 'wire' });
}
