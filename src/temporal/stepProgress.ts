import type { JobStep, Progress } from '../model/job.js';

/**
 * What the running activities of a step tell as one line: Temporal lists them in no order, and one beside another is not
 * its news.
 *
 * @param told - The last heartbeat of each, as it was decoded.
 * @returns null: nothing yet
 */
export function stepProgress(told: readonly unknown[], step: JobStep): Progress | null {
  const progress = told.filter(isProgress).filter((one) => one.step === step);
  const counted = progress.find(({ doneBytes }) => doneBytes !== undefined);
  // Beside a pass its receiver is watched, which tells wire bytes only.
  const wire = progress.find(({ wireBytes }) => wireBytes !== undefined);
  const [first, ...others] = progress.sort((a, b) => (a.detail < b.detail ? -1 : 1));
  if (first === undefined) return null;
  const main = counted ?? { ...first, detail: [first, ...others].map(({ detail }) => detail).join(', ') };
  return wire?.wireBytes === undefined ? main : { ...main, wireBytes: wire.wireBytes };
}

function isProgress(value: unknown): value is Progress {
  return typeof value === 'object' && value !== null && 'step' in value && 'detail' in value;
}
