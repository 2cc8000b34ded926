import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { FleetliftError } from '../errors/FleetliftError.js';

/**
 * The first of the payloads that a workflow's history or description has; null: there is none, or it is not ours.
 * @param activityId - of the activity that it belongs to; null: it is the workflow's own
 */
export async function ourPayload<T>(
  client: Client,
  workflowId: string,
  activityId: string | null,
  payloads: Payload[] | null | undefined,
): Promise<T | null> {
  const { namespace, loadedDataConverter } = client.options;
  const place = { namespace, workflowId };
  const context =
    activityId === null
      ? { type: 'workflow' as const, ...place }
      : { type: 'activity' as const, ...place, activityId, isLocal: false };
  try {
    return (await decodeFromPayloadsAtIndex<T>(loadedDataConverter, 0, payloads, context)) ?? null;
  } catch (error) {
    if (error instanceof FleetliftError && error.code === 'E-PAYLOAD') return null;
    throw error;
  }
}
