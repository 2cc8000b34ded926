import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataConverter } from './dataConverter.js';
import { makePayloadKey } from './payloadKey.js';

const job: SerializationContext = { type: 'workflow', namespace: 'default', workflowId: 'job/m/web1/1' };
const unsigned = defaultPayloadConverter.toPayload('cancel');
const folder = mkdtempSync(join(tmpdir(), 'fleetlift-converter-'));
const keyFile = join(folder, 'payload.key');
beforeAll(() => makePayloadKey(keyFile));
afterAll(() => rmSync(folder, { recursive: true }));

async function code(
  key: string | null,
  role: 'client' | 'worker',
  how: 'encode' | 'decode',
  what: Payload,
  encrypt = false,
) {
  const codecs = dataConverter({ payloadKeyFile: key, encryptPayloads: encrypt }, role).payloadCodecs ?? [];
  let payloads = [what];
  for (const codec of how === 'encode' ? codecs : codecs.reverse())
    payloads = await codec[how](payloads, job);
  return payloads[0] ?? {};
}

it('a client throws for what is not signed', async () => {
  await expect(code(keyFile, 'client', 'decode', unsigned)).rejects.toMatchObject({
    code: 'E-PAYLOAD',
    remedy: expect.stringContaining('--workflow-id job/m/web1/1') as string,
  });
});

it('a worker never throws, whatever comes: it passes on a mark', async () => {
  const garbage = { metadata: { 'fleetlift-signature': Buffer.from('?') } };
  for (const [payload, fleetliftRefused] of [
    [unsigned, 'unsigned'],
    [garbage, 'forged'],
  ] as const) {
    const decoded = await code(keyFile, 'worker', 'decode', payload);
    expect(defaultPayloadConverter.fromPayload(decoded)).toEqual({ fleetliftRefused });
  }
});

it('who has no key is told that one is wanted, where things are signed', async () => {
  expect(await code(null, 'client', 'decode', unsigned)).toEqual(unsigned);
  const signed = await code(keyFile, 'client', 'encode', unsigned);
  await expect(code(null, 'client', 'decode', signed)).rejects.toMatchObject({ code: 'E-PAYLOAD-KEY' });
  expect(defaultPayloadConverter.fromPayload(await code(null, 'worker', 'decode', signed))).toEqual({
    fleetliftRefused: 'forged',
  });
});

it('what is encrypted is signed below, and both sides read it whether they encrypt or not', async () => {
  const encrypted = await code(keyFile, 'client', 'encode', unsigned, true);
  expect(Buffer.from(encrypted.metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
  for (const encrypts of [true, false]) {
    const read = await code(keyFile, 'worker', 'decode', encrypted, encrypts);
    expect(defaultPayloadConverter.fromPayload(read)).toBe('cancel');
  }
  // Who has no key, or another one, refuses it as anything else that is not signed for him.
  await expect(code(null, 'client', 'decode', encrypted)).rejects.toMatchObject({ code: 'E-PAYLOAD-KEY' });
  const otherKey = join(folder, 'other.key');
  makePayloadKey(otherKey);
  await expect(code(otherKey, 'client', 'decode', encrypted)).rejects.toMatchObject({ code: 'E-PAYLOAD' });
});
