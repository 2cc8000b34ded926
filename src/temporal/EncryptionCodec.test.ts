import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { EncryptionCodec } from './EncryptionCodec.js';

const key = randomBytes(32);
const codec = new EncryptionCodec(key, true);
const plain: Payload = {
  ...defaultPayloadConverter.toPayload({ host: 'web1.secret.example' }),
};

async function one(promise: Promise<Payload[]>): Promise<Payload> {
  const [payload] = await promise;
  if (payload === undefined) throw new Error('no payload');
  return payload;
}

describe('what is encrypted', () => {
  it('can be read again, tells nothing, and is never the same twice', async () => {
    const encrypted = await one(codec.encode([plain]));
    expect(Buffer.from(encrypted.data ?? []).toString('latin1')).not.toContain('secret');
    expect(encrypted.data).not.toEqual((await one(codec.encode([plain]))).data);
    const read = await one(codec.decode([encrypted]));
    expect(defaultPayloadConverter.fromPayload(read)).toEqual({ host: 'web1.secret.example' });
  });

  it('is read where nothing is encrypted any more, and what is not encrypted is read where it is', async () => {
    const reader = new EncryptionCodec(key, false);
    const encrypted = await one(codec.encode([plain]));
    expect(await one(reader.encode([plain]))).toBe(plain);
    const { data } = await one(reader.decode([encrypted]));
    expect(Buffer.from(data ?? [])).toEqual(Buffer.from(plain.data ?? []));
    expect(await one(codec.decode([plain]))).toBe(plain);
  });

  it.each([
    ['with another key', (data: Uint8Array) => data, new EncryptionCodec(randomBytes(32), true)],
    ['and altered', (data: Uint8Array) => data.map((byte, at) => (at === 20 ? byte ^ 1 : byte)), codec],
    ['and cut short', (data: Uint8Array) => data.subarray(0, 10), codec],
    ['and emptied', () => new Uint8Array(), codec],
  ])('%s passes as it is: nobody believes it', async (_how, alter, reader) => {
    const { metadata, data } = await one(codec.encode([plain]));
    const altered: Payload = { metadata: metadata ?? {}, data: alter(data ?? new Uint8Array()) };
    expect(await one(reader.decode([altered]))).toBe(altered);
  });
});
