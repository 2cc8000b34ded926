import type { Client } from '@temporalio/client';
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
 * Starts a migration unless it is open already.
 *
 * @returns whether it was open.
 */
export async function startMigration(client: Client, input: MigrationInput): Promise<boolean> {
  const workflowId = migrationId(input.fleet.name);
  const open = await isOpen(client, input.fleet.name);
  await client.workflow.start('migrationWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    staticSummary: `${input.fleet.servers.length} servers`,
  });
  return open;
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
export async function editMigration(client: Client, input: MigrationInput): Promise<CommandAnswer | null> {
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

/**
 * Whether a migration's workflow is open.
 *
 * @throws E-PAYLOAD where somebody else has started one under its name.
 */
export async function isOpen(client: Client, name: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(migrationId(name)).describe();
    if (status.name !== 'RUNNING') return false;
    await workflowInput(client, migrationId(name));
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
