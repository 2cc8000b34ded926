import { describe, expect, it } from 'vitest';
import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import fc from 'fast-check';
import { SignatureCodec } from './SignatureCodec.js';

const codecOf = (key: number | null): SignatureCodec =>
  new SignatureCodec(key === null ? null : new Uint8Array(32).fill(key), (reason) => {
    throw new Error(reason);
  });
const codec = codecOf(1);
const job: SerializationContext = { type: 'workflow', namespace: 'default', workflowId: 'job/m/web1/1' };
const sign = async (value: unknown, context: SerializationContext = job): Promise<Payload> => {
  const [signed] = await codec.encode([defaultPayloadConverter.toPayload(value)], context);
  if (signed === undefined) throw new Error('nothing was encoded');
  return signed;
};

describe('a signed payload', () => {
  it('is the same after decoding, and stays readable for everybody', async () => {
    const signed = await sign({ server: 'web1' });
    expect(defaultPayloadConverter.fromPayload(signed)).toEqual({ server: 'web1' });
    expect(await codec.decode([signed], job)).toEqual([
      defaultPayloadConverter.toPayload({ server: 'web1' }),
    ]);
  });

  it('may have nothing in it, as the result of a workflow without one', async () => {
    const nothing = { metadata: defaultPayloadConverter.toPayload(undefined).metadata ?? null };
    // As protobuf leaves it in the workflow's sandbox, and as it comes out of Temporal.
    for (const data of [undefined, [] as unknown as Uint8Array, new Uint8Array()]) {
      const [signed] = await codec.encode([{ ...nothing, ...(data === undefined ? {} : { data }) }], job);
      const [read] = await codec.decode([{ ...signed, data: new Uint8Array() }], job);
      expect(read?.metadata).toEqual(nothing.metadata);
    }
  });

  it('is forged where anything of it, its place or the key is other', async () => {
    const signed = await sign('cutover');
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const activity = { type: 'activity', namespace: 'default', isLocal: false } as const;
    const elsewhere: [Payload, SerializationContext | undefined][] = [
      [{ ...signed, data: bytes('"delete"') }, job],
      [{ ...signed, metadata: { ...signed.metadata, encoding: bytes('binary/plain') } }, job],
      [{ ...signed, metadata: { ...signed.metadata, more: bytes('1') } }, job],
      [{ ...signed, metadata: { ...signed.metadata, 'fleetlift-signature': bytes('') } }, job],
      [signed, { ...job, workflowId: 'job/m/web2/1' }],
      [signed, { ...job, namespace: 'other' }],
      [signed, { ...activity, workflowId: 'job/m/web1/1' }],
      [signed, undefined],
    ];
    for (const [payload, context] of elsewhere) {
      await expect(codec.decode([payload], context)).rejects.toThrow('forged');
    }
    await expect(codecOf(2).decode([signed], job)).rejects.toThrow('forged');
    const ofPass: SerializationContext = { ...activity, workflowId: 'j', activityId: 'runPass-3' };
    const pass = await sign('done', ofPass);
    expect(await codec.decode([pass], ofPass)).toHaveLength(1);
    await expect(codec.decode([pass], { ...ofPass, activityId: 'quiesce-3' })).rejects.toThrow('forged');
  });

  it('of a schedule is good for what the schedule starts', async () => {
    const schedule: SerializationContext = { ...job, workflowId: 'scheduled/night' };
    const signed = await sign('night', schedule);
    const started = { ...job, workflowId: 'scheduled/night-2026-12-01T02:00:00Z' };
    expect(await codec.decode([signed], started)).toHaveLength(1);
    const other = { ...job, workflowId: 'scheduled/day-2026-12-01T02:00:00Z' };
    await expect(codec.decode([signed], other)).rejects.toThrow('forged');
    const late = { ...job, workflowId: 'job/m/web1/1-2026-12-01T02:00:00Z' };
    await expect(codec.decode([await sign('cutover')], late)).rejects.toThrow('forged');
  });

  it('is bound to the bounds of its parts, whatever they hold', async () => {
    const bytes = fc.uint8Array({ maxLength: 6 });
    const payload = fc.record({ metadata: fc.dictionary(fc.string({ maxLength: 3 }), bytes), data: bytes });
    const plain = ({ metadata, data }: { metadata: Record<string, Uint8Array>; data: Uint8Array }): string =>
      JSON.stringify([
        Object.entries(metadata)
          .sort()
          .map(([name, value]) => [name, [...value]]),
        [...data],
      ]);
    await fc.assert(
      fc.asyncProperty(payload, payload, async (one, other) => {
        const [a, b] = await codec.encode([one, other], job);
        const signature = (signed?: Payload): string =>
          Buffer.from(signed?.metadata?.['fleetlift-signature'] ?? []).toString();
        expect(signature(a) === signature(b)).toBe(plain(one) === plain(other));
        expect(await codec.decode([a ?? {}], job)).toEqual([one]);
      }),
    );
  });
});

it('a payload without a signature is unsigned', async () => {
  await expect(codec.decode([defaultPayloadConverter.toPayload(1)], job)).rejects.toThrow('unsigned');
  await expect(codec.decode([{}], job)).rejects.toThrow('unsigned');
});

it('without a key nothing is signed, and what is signed is left to those who have one', async () => {
  const plain = defaultPayloadConverter.toPayload(1);
  expect(await codecOf(null).encode([plain], job)).toEqual([plain]);
  expect(await codecOf(null).decode([plain], job)).toEqual([plain]);
  await expect(codecOf(null).decode([await sign(1)], job)).rejects.toThrow('forged');
});
