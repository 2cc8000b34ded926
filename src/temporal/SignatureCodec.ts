import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import type { RefusalReason } from '../model/refusal.js';
import { isEncrypted } from './EncryptionCodec.js';

/** Metadata with the signature; the rest stays as it is, so that Temporal's UI and CLI can show the payload. */
const SIGNATURE = 'fleetlift-signature';
/** Said first in what is signed: a change of its form must change this too. */
const FORM = 'fleetlift payload 1';

/**
 * Signs payloads, and tells those that are not: HMAC-SHA256 over data, metadata and the place that a payload is for,
 * so that one that was read in one workflow is worth nothing in another.
 */
export class SignatureCodec implements PayloadCodec {
  /**
   * @param key - null: nothing is signed. What is signed all the same is then not for us, and refused as well: who has
   *   no key must not go on with the work of those who have.
   * @param refuse - What is decoded in the place of a payload without a valid signature, or throws.
   */
  constructor(
    private readonly key: Uint8Array | null,
    private readonly refuse: (reason: RefusalReason, context: SerializationContext | undefined) => Payload,
  ) {}

  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    const { key } = this;
    if (key === null) return Promise.resolve(payloads);
    const signed = payloads.map((payload) => {
      const signature = Buffer.from(sign(key, payload, context).toString('base64'));
      return { ...payload, metadata: { ...payload.metadata, [SIGNATURE]: signature } };
    });
    return Promise.resolve(signed);
  }

  /** Rejects only with what `refuse` throws. */
  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.resolve().then(() => payloads.map((payload) => this.verify(payload, context)));
  }

  private verify(payload: Payload, context: SerializationContext | undefined): Payload {
    const { [SIGNATURE]: signature, ...metadata } = payload.metadata ?? {};
    // Still encrypted: with another key than ours, else it would have been read before.
    if (isEncrypted(payload)) return this.refuse('forged', context);
    if (signature === undefined) return this.key === null ? payload : this.refuse('unsigned', context);
    if (this.key === null) return this.refuse('forged', context);
    const bare = { ...payload, metadata };
    const wanted = sign(this.key, bare, context);
    const found = Buffer.from(Buffer.from(signature).toString('latin1'), 'base64');
    const valid = found.length === wanted.length && timingSafeEqual(found, wanted);
    return valid ? bare : this.refuse('forged', context);
  }
}

function sign(key: Uint8Array, payload: Payload, context: SerializationContext | undefined): Buffer {
  const hmac = createHmac('sha256', key);
  const metadata = Object.entries(payload.metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  // Where a workflow has no result, protobuf's default lies there: an empty array, which is no bytes.
  const data = payload.data?.length ? payload.data : '';
  const parts = [FORM, ...placeOf(context), String(metadata.length), ...metadata.flat(), data];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    // With its length before it, no part can run into the next.
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}

/** The workflow, and of an activity its id, which names its type too (workflows/interceptors.ts). */
function placeOf(context: SerializationContext | undefined): string[] {
  if (context === undefined) return ['', '', '', ''];
  const activityId = context.type === 'activity' ? (context.activityId ?? '') : '';
  // Temporal adds the time to the id of what a schedule starts, and signed is what the schedule holds.
  const workflowId = (context.workflowId ?? '').replace(/^(scheduled\/.*)-[0-9-]{10}T[0-9:]{8}Z$/, '$1');
  return [context.type, context.namespace, workflowId, activityId];
}
