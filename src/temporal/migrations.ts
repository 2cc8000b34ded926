import { WorkflowFailedError, type Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { FleetliftError } from '../errors/FleetliftError.js';
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
import { listWorkflows } from './listWorkflows.js';
import { askUpdate } from './updates.js';
import { isOurs, workflowInput } from './workflowInput.js';

export interface KnownMigration {
  readonly name: string;
  readonly open: boolean;
}

/**
 * Starts a migration; one that is open takes the inventory as an edit, and the servers that are asked for besides.
 * One that is about to end, since its last servers were given up, is waited for.
 *
 * @param onEnding - Told before that wait.
 * @returns whether it was open, and what it said of the edit.
 * @throws E-EDIT-REFUSED; E-PAYLOAD where somebody else has started one under its name
 */
export async function startOrEdit(
  client: Client,
  input: MigrationInput,
  onEnding: () => void = () => undefined,
): Promise<{ wasOpen: boolean; message: string }> {
  for (;;) {
    if (await startMigration(client, input)) return { wasOpen: false, message: '' };
    await requireOurs(client, input.fleet.name);
    const answer = await editMigration(client, input);
    if (answer?.accepted === false) {
      throw new FleetliftError('E-EDIT-REFUSED', { message: `${input.fleet.name}: ${answer.message}` });
    }
    if (answer !== null) return { wasOpen: true, message: answer.message };
    onEnding();
    await waitForEnd(client, input.fleet.name);
  }
}

/** Starts a migration; false: it is open already. Of two that come at the same time one is told so. */
async function startMigration(client: Client, input: MigrationInput): Promise<boolean> {
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

/** @throws E-PAYLOAD */
async function requireOurs(client: Client, name: string): Promise<void> {
  try {
    await workflowInput(client, migrationId(name));
  } catch (error) {
    // It ended in this very moment, longer ago than Temporal keeps.
    if (!isNotFound(error)) throw error;
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
): Promise<CommandAnswer | 'its job has started' | 'its job has ended' | 'the migration is over'> {
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
  for await (const info of listWorkflows(client, "WorkflowType = 'migrationWorkflow'")) {
    const name = info.workflowId.replace(/^migration\//, '');
    const open = info.status.name === 'RUNNING';
    // A name comes once a run; the open one counts.
    if (found.get(name)?.open !== true) found.set(name, { name, open });
  }
  const known = [...found.values()];
  const ours = await Promise.all(known.map(({ name }) => isOurs(client, migrationId(name))));
  return known.filter((_, at) => ours[at]).sort((a, b) => Number(b.open) - Number(a.open));
}
