import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePayloadKey, readPayloadKey } from './payloadKey.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetlift-key-'));
  file = join(folder, 'state', 'payload.key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the key of a state folder', () => {
  it('is made once, for its owner only', () => {
    makePayloadKey(file);
    const key = readPayloadKey(file);
    makePayloadKey(file);
    expect(readPayloadKey(file)).toEqual(key);
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'state'))).toEqual(['payload.key']);
  });

  it('is refused where others can read it, where it is too short, and where it is not there', () => {
    const refusal = expect.objectContaining({ code: 'E-PAYLOAD-KEY' }) as unknown;
    expect(() => readPayloadKey(file)).toThrow(refusal);
    makePayloadKey(file);
    chmodSync(file, 0o640);
    expect(() => readPayloadKey(file)).toThrow(/mode 0640/);
    chmodSync(file, 0o600);
    writeFileSync(file, 'short');
    expect(() => readPayloadKey(file)).toThrow(refusal);
  });
});
