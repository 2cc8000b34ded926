import { defaultPayloadConverter, type DataConverter } from '@temporalio/common';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { RefusedPayload } from '../model/refusal.js';
import { readPayloadKey } from './payloadKey.js';
import { SignatureCodec } from './SignatureCodec.js';

type Refuse = ConstructorParameters<typeof SignatureCodec>[1];

/**
 * How values travel to Temporal and back, for every client and worker of fleetlift.
 *
 * @param keyFile key that payloads are signed with; null: they are not.
 * @param role a client throws E-PAYLOAD for what is not signed. A worker must not, since the task would then be
 *   repeated for ever: it passes on a mark, and the interceptors refuse what has it.
 * @throws E-PAYLOAD-KEY
 */
export function dataConverter(keyFile: string | null, role: 'client' | 'worker'): DataConverter {
  const key = keyFile === null ? null : readPayloadKey(keyFile);
  return { payloadCodecs: [new SignatureCodec(key, REFUSE[role])] };
}

const REFUSE: Readonly<Record<'client' | 'worker', Refuse>> = {
  client: (reason, context) => {
    const workflowId = context?.workflowId ?? '';
    const how = reason === 'unsigned' ? 'not signed' : 'signed with another key than ours, or altered';
    throw new FleetliftError('E-PAYLOAD', {
      message: `what Temporal has of ${workflowId} is ${how}`,
      remedy: `if it is yours, give every worker and command the same key (FLEETLIFT_PAYLOAD_KEY_FILE, see docs/security.md); else: temporal workflow terminate --workflow-id ${workflowId}`,
    });
  },
  worker: (reason) => {
    const mark: RefusedPayload = { fleetliftRefused: reason };
    return defaultPayloadConverter.toPayload(mark);
  },
};
