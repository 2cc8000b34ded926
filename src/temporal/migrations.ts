import type { Client } from '@temporalio/client';
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
import { isOurs, workflowInput } from './workflowInput.js';

export interface KnownMigration {
  readonly name: string;
  readonly open: boolean;
}

/**
 * Starts a migration; one that is open takes the inventory as an edit, and the servers that are asked for besides.
 *
 * @returns whether it was open, and what it said of the edit.
 * @throws E-EDIT-REFUSED; E-PAYLOAD where somebody else has started one under its name
 */
export async function startOrEdit(
  client: Client,
  input: MigrationInput,
): Promise<{ wasOpen: boolean; message: string }> {
  for (;;) {
    if (await startMigration(client, input)) return { wasOpen: false, message: '' };
    await requireOurs(client, input.fleet.name);
    const answer = await editMigration(client, input);
    if (answer?.accepted === false) {
      throw new FleetliftError('E-EDIT-REFUSED', { message: `${input.fleet.name}: ${answer.message}` });
    }
    // Null: it ended in this very moment.
    if (answer !== null) return { wasOpen: true, message: answer.message };
  }
}

/** Starts a migration; false: it is open already. Of two that come at the same time one is told so. */
async function startMigration(client: Client, input: MigrationInput): Promise<boolean> {
  try {
    await client.workflow.start('migrationWorkflow', {
      taskQueue: ORCHESTRATOR_QUEUE,
      workflowId: migrationId(input.fleet.name),
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

/** How a migration stands, also one that has ended; null: Temporal does not know it. */
export async function queryMigration(client: Client, name: string): Promise<MigrationStatus | null> {
  try {
    return await client.workflow.getHandle(migrationId(name)).query(migrationStatusQuery);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Asks an operation of a server whose job has not started; null: the migration is not open. */
export async function operateServer(
  client: Client,
  migration: string,
  operation: Operation,
  server: string,
): Promise<CommandAnswer | null> {
  try {
    const handle = client.workflow.getHandle(migrationId(migration));
    return await handle.executeUpdate(operateServerUpdate, { args: [operation, server] });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Has an open migration take an edited inventory; null: it is not open any more. */
async function editMigration(client: Client, input: MigrationInput): Promise<CommandAnswer | null> {
  try {
    const handle = client.workflow.getHandle(migrationId(input.fleet.name));
    return await handle.executeUpdate(editUpdate, { args: [input] });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Lets a gated wave start; null: the migration is not open. */
export async function approveWave(
  client: Client,
  migration: string,
  wave: string,
): Promise<CommandAnswer | null> {
  try {
    return await client.workflow
      .getHandle(migrationId(migration))
      .executeUpdate(approveUpdate, { args: [wave] });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
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
