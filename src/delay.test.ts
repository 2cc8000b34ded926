import { expect, it } from 'vitest';
import { delay } from './delay.js';

it('an abort while it waits ends it with its reason', async () => {
  const abort = new AbortController();
  const waiting = delay(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(delay(60_000, abort.signal)).rejects.toThrow('enough');
  await expect(delay(1)).resolves.toBeUndefined();
});
