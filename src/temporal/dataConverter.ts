import { defaultPayloadConverter, type DataConverter, type SerializationContext } from '@temporalio/common';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { RefusalReason, RefusedPayload } from '../model/refusal.js';
import { readPayloadKey } from './payloadKey.js';
import { SignatureCodec } from './SignatureCodec.js';

/**
 * How values travel to Temporal and back, for every client and worker of fleetlift.
 *
 * @param keyFile key that payloads are signed with; null: they are not.
 * @param role a client throws E-PAYLOAD for what is not signed, and E-PAYLOAD-KEY for what is where it has no key. A
 *   worker must not, since the task would then be repeated for ever: it passes on a mark, and the interceptors refuse
 *   what has it.
 * @throws E-PAYLOAD-KEY
 */
export function dataConverter(keyFile: string | null, role: 'client' | 'worker'): DataConverter {
  const key = keyFile === null ? null : readPayloadKey(keyFile);
  const refuse = role === 'worker' ? mark : key === null ? throwKeyless : throwRefused;
  return { payloadCodecs: [new SignatureCodec(key, refuse)] };
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
