import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type Client } from '@temporalio/client';
import { migrationId, ORCHESTRATOR_QUEUE } from '../model/job.js';
import type { CommandAnswer, MigrationInput, MigrationStatus } from '../model/messages.js';
import type { Operation } from '../model/operations.js';
import {
  approveUpdate,
  editUpdate,
  migrationStatusQuery,
  operateServerUpdate,
} from '../../workflows/messages.js';
import { isNotFound } from './failures.js';
import { askUpdate } from './updates.js';

export interface KnownMigration {
  readonly name: string;
  readonly open: boolean;
}

/**
 * Starts a migration unless it is open.
 *
 * @returns whether it was started.
 */
export async function startMigration(client: Client, input: MigrationInput): Promise<boolean> {
  try {
    await client.workflow.start('migrationWorkflow', {
      taskQueue: ORCHESTRATOR_QUEUE,
      workflowId: migrationId(input.fleet.name),
      workflowIdConflictPolicy: 'FAIL',
      args: [input],
      staticSummary: `${input.fleet.servers.length} servers`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Waits until a migration has ended, however it does; one that is not open has. */
export async function waitForEnd(client: Client, name: string): Promise<void> {
  try {
    await client.workflow.getHandle(migrationId(name)).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) && !isNotFound(error)) throw error;
  }
}

/** How a migration stands, also one that has ended; null: Temporal does not know it. */
export async function queryMigration(client: Client, name: string): Promise<MigrationStatus | null> {
  try {
    return await client.workflow.getHandle(migrationId(name)).query(migrationStatusQuery);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Asks an operation of a server whose job has not started. */
export async function operateServer(
  client: Client,
  migration: string,
  operation: Operation,
  server: string,
): Promise<CommandAnswer | 'its job has started' | 'the migration is over'> {
  const answer = await askUpdate(client, migrationId(migration), operateServerUpdate, operation, server);
  return answer ?? 'the migration is over';
}

/** Has an open migration take an edited inventory; null: it has ended, or is about to. */
export async function editMigration(client: Client, input: MigrationInput): Promise<CommandAnswer | null> {
  return askUpdate(client, migrationId(input.fleet.name), editUpdate, input);
}

/** Lets a gated wave start; null: the migration is not open. */
export async function approveWave(
  client: Client,
  migration: string,
  wave: string,
): Promise<CommandAnswer | null> {
  return askUpdate(client, migrationId(migration), approveUpdate, wave);
}

/** The migrations that Temporal knows, open ones first, then the latest. */
export async function listMigrations(client: Client): Promise<KnownMigration[]> {
  const found = new Map<string, KnownMigration>();
  for await (const info of client.workflow.list({ query: "WorkflowType = 'migrationWorkflow'" })) {
    const name = info.workflowId.replace(/^migration\//, '');
    const open = info.status.name === 'RUNNING';
    // A name comes once a run; the open one counts.
    if (found.get(name)?.open !== true) found.set(name, { name, open });
  }
  return [...found.values()].sort((a, b) => Number(b.open) - Number(a.open));
}
