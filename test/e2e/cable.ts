import { readFile } from 'node:fs/promises';
import { pollUntil } from '../../activities/support/poll.js';

/** What a lab server has sent over its cable since it was laid: counted by the kernel, whatever fleetlift says. */
export async function linkBytes(server = 'lab1'): Promise<number> {
  return Number(await readFile(`/sys/class/net/fl-${server}/statistics/rx_bytes`, 'utf8'));
}

/** What lab1 sends within the time that comes. */
export async function linkBytesWithin(milliseconds: number): Promise<number> {
  const before = await linkBytes();
  const startedMs = performance.now();
  await pollUntil(100, AbortSignal.timeout(milliseconds + 60_000), () =>
    Promise.resolve(performance.now() - startedMs > milliseconds ? true : null),
  );
  return (await linkBytes()) - before;
}
