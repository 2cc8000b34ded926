import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { delay } from '../delay.js';
import { isNotFound, isPassing } from './failures.js';

/** After this long somebody must look. */
const GIVE_UP_MS = 15_000;
const PAUSE_MS = 100;

/**
 * Asks an update of a workflow; null: there is no such workflow, or it has ended.
 *
 * Where a workflow is about to end in the very moment of a signal or an update, Temporal has it take its last step once
 * more, and refuses the updates of that step (FAILED_PRECONDITION) instead of repeating them: they are asked again, by
 * one id, so that none is taken twice.
 * @throws ServiceError where Temporal or its worker is away, and stays so
 */
export async function askUpdate<Answer, Args extends [unknown, ...unknown[]]>(
  client: Client,
  workflowId: string,
  update: UpdateDefinition<Answer, Args>,
  ...args: Args
): Promise<Answer | null> {
  const handle = client.workflow.getHandle(workflowId);
  const options = { args, updateId: randomUUID() };
  const startedMs = performance.now();
  for (;;) {
    try {
      return await handle.executeUpdate(update, options);
    } catch (error) {
      if (isNotFound(error)) return null;
      if (!isPassing(error) || performance.now() - startedMs > GIVE_UP_MS) throw error;
    }
    await delay(PAUSE_MS);
  }
}
