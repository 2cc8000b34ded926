import type { Pump } from '../receiver/pump.js';

/** How often the bytes that went through are weighed against the rate. */
const WEIGH_MS = 20;
/** Unused rate is kept for no longer than this, so that a pause is not followed by a burst. */
const BURST_SECONDS = 0.25;

/**
 * Holds a pump so that what goes through keeps to a rate on average: a burst is paid back by a pause.
 *
 * @param rate - Bytes a second at this moment; null: no limit.
 * @returns ends it
 */
export function throttle(pump: Pick<Pump, 'bytes' | 'hold'>, rate: () => number | null): () => void {
  let budget = 0;
  let counted = pump.bytes();
  let weighedMs = performance.now();
  let letGo: (() => void) | null = null;
  const release = (): void => {
    letGo?.();
    letGo = null;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const bytesPerSecond = rate();
    const moved = pump.bytes() - counted;
    const seconds = (now - weighedMs) / 1000;
    counted += moved;
    weighedMs = now;
    if (bytesPerSecond === null) {
      budget = 0;
      release();
      return;
    }
    budget = Math.min(budget + bytesPerSecond * seconds, bytesPerSecond * BURST_SECONDS) - moved;
    if (budget < 0) letGo ??= pump.hold();
    else release();
  }, WEIGH_MS);
  return () => {
    clearInterval(timer);
    release();
  };
}
