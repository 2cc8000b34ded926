import type { Client } from '@temporalio/client';

type DescribeRequest = Required<Parameters<Client['workflowService']['describeTaskQueue']>[0]>;
/** Workflow tasks, activity tasks; a relay polls for the latter only. */
const QUEUE_TYPES = [1, 2] as unknown[] as DescribeRequest['taskQueueType'][];

/** Identities of the workers that ask for work on a queue (in the last five minutes, as Temporal keeps it). */
export async function pollersOf(
  workflowService: Client['workflowService'],
  namespace: string,
  name: string,
): Promise<string[]> {
  const described = await Promise.all(
    QUEUE_TYPES.map((taskQueueType) =>
      workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
    ),
  );
  return [...new Set(described.flatMap(({ pollers }) => pollers.map(({ identity }) => identity ?? '')))];
}
