import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Fleet } from '../../src/model/fleet.js';
import { jobId, migrationId, type JobStatus } from '../../src/model/job.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { serverChangedSignal } from '../../workflows/messages.js';
import { historiesOf } from '../support/histories.js';

/**
 * Where a migration started a job of a wave though it knew of more failures than the wave may have. What it knew stands
 * in its history only: a failure is news to it a moment after it has happened.
 */
export async function budgetViolations(client: Client, fleet: Fleet): Promise<string[]> {
  const { loadedDataConverter, namespace } = client.options;
  const context = { type: 'workflow' as const, namespace, workflowId: migrationId(fleet.name) };
  const violations: string[] = [];
  const statuses = new Map<string, JobStatus>();
  const runs = await historiesOf(client, context.workflowId);
  for (const event of runs.flatMap(({ events }) => events ?? [])) {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === serverChangedSignal.name) {
      const { name, status } = await decodeFromPayloadsAtIndex<ServerSummary>(
        loadedDataConverter,
        0,
        signal.input?.payloads,
        context,
      );
      statuses.set(name, status);
    }
    const started = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
    if (typeof started !== 'string') continue;
    for (const { name, servers, maxFailures } of fleet.waves) {
      const starts = servers.some(
        (server) => jobId({ migration: fleet.name, server, number: 1 }) === started,
      );
      const failed = servers.filter((server) => statuses.get(server) === 'InError');
      if (starts && maxFailures !== null && failed.length > maxFailures) {
        violations.push(`${started} starts with ${failed.join(', ')} of ${name} in error`);
      }
    }
  }
  return violations;
}
