import { defaultPayloadConverter, type DataConverter, type SerializationContext } from '@temporalio/common';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { RefusalReason, RefusedPayload } from '../model/refusal.js';
import { EncryptionCodec } from './EncryptionCodec.js';
import { readPayloadKey } from './payloadKey.js';
import { SignatureCodec } from './SignatureCodec.js';

/** What becomes of payloads. */
export interface PayloadSettings {
  /** Key that payloads are signed with; null: they are not. */
  readonly payloadKeyFile: string | null;
  /** Whether they are encrypted as well, with a key that is derived from that one; default: no. */
  readonly encryptPayloads?: boolean;
}

/**
 * How values travel to Temporal and back, for every client and worker of fleetlift.
 *
 * @param role a client throws E-PAYLOAD for what is not signed, and E-PAYLOAD-KEY for what is where it has no key. A
 *   worker must not, since the task would then be repeated for ever: it passes on a mark, and the interceptors refuse
 *   what has it.
 * @throws E-PAYLOAD-KEY
 */
export function dataConverter(
  { payloadKeyFile, encryptPayloads = false }: PayloadSettings,
  role: 'client' | 'worker',
): DataConverter {
  const key = payloadKeyFile === null ? null : readPayloadKey(payloadKeyFile);
  const refuse = role === 'worker' ? mark : key === null ? throwKeyless : throwRefused;
  const signature = new SignatureCodec(key, refuse);
  // What is written passes them in this order, what is read in the other: the signature is encrypted too.
  return {
    payloadCodecs: key === null ? [signature] : [signature, new EncryptionCodec(key, encryptPayloads)],
  };
}

function mark(reason: RefusalReason): ReturnType<typeof defaultPayloadConverter.toPayload> {
  const refused: RefusedPayload = { fleetliftRefused: reason };
  return defaultPayloadConverter.toPayload(refused);
}

function throwRefused(reason: RefusalReason, context: SerializationContext | undefined): never {
  const workflowId = context?.workflowId ?? '';
  const how = reason === 'unsigned' ? 'not signed' : 'signed with another key than ours, or altered';
  throw new FleetliftError('E-PAYLOAD', {
    message: `what Temporal has of ${workflowId} is ${how}`,
    remedy: `if it is yours, give every worker and command the same key (docs/security.md); else: temporal workflow terminate --workflow-id ${workflowId}`,
  });
}

function throwKeyless(_reason: RefusalReason, context: SerializationContext | undefined): never {
  throw new FleetliftError('E-PAYLOAD-KEY', {
    message: `what Temporal has of ${context?.workflowId ?? ''} is signed, and there is no key here`,
    remedy: 'name the key of the workers in FLEETLIFT_PAYLOAD_KEY_FILE (docs/security.md)',
  });
}
