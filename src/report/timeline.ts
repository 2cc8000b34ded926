import { formatElapsed } from '../console/units.js';
import type { StepTime } from '../model/job.js';
import { escape, table } from './markup.js';

/** The attempts of steps, one under the other, each as a bar where it lay between the first and the last. */
export function timeline(times: readonly StepTime[]): string {
  const spans = times.map(({ startedAt, seconds }) => {
    const startMs = Date.parse(startedAt);
    return { startMs, endMs: startMs + seconds * 1000 };
  });
  const firstMs = Math.min(...spans.map(({ startMs }) => startMs));
  const wholeMs = Math.max(1, Math.max(...spans.map(({ endMs }) => endMs)) - firstMs);
  const percent = (ms: number): string => ((100 * ms) / wholeMs).toFixed(2);
  return table(
    ['step', 'began', 'took', 'outcome', ''],
    times.map(({ step, startedAt, seconds, outcome }, at) => {
      const { startMs = firstMs, endMs = firstMs } = spans[at] ?? {};
      const bar = `<i class="${outcome}" style="left:${percent(startMs - firstMs)}%;width:${percent(endMs - startMs)}%"></i>`;
      return [
        escape(step),
        escape(startedAt),
        formatElapsed(seconds),
        outcome === 'done' ? 'done' : '<span class="bad">failed</span>',
        `<div class="track">${bar}</div>`,
      ];
    }),
  );
}
