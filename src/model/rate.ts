/** Averages a counter of bytes over the last seconds, so that a shown rate does not jump. */
export function rateMeter(windowMs = 10_000): { add(bytes: number, atMs: number): number } {
  const samples: { bytes: number; atMs: number }[] = [];
  return {
    /** Takes the counter's value at a time; answers bytes per second over the window, 0 at first. */
    add(bytes, atMs) {
      samples.push({ bytes, atMs });
      while (samples.length > 2 && (samples[0]?.atMs ?? atMs) < atMs - windowMs) samples.shift();
      const first = samples[0];
      if (first === undefined || atMs <= first.atMs) return 0;
      return Math.max(0, Math.round(((bytes - first.bytes) * 1000) / (atMs - first.atMs)));
    },
  };
}
