/** The built module in processes of its own; needs `node scripts/build.mjs`. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

it('processes that make the key at once end with one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetlift-key-'));
  const file = join(folder, 'payload.key');
  const script = `
    import { makePayloadKey, readPayloadKey } from './dist/src/temporal/payloadKey.js';
    makePayloadKey(process.argv[1]);
    console.log(readPayloadKey(process.argv[1]).toString('hex'));`;
  try {
    const runs = Array.from({ length: 12 }, () =>
      execa(process.execPath, ['--input-type=module', '-e', script, file]),
    );
    const keys = (await Promise.all(runs)).map(({ stdout }) => stdout);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(keys)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['payload.key']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
