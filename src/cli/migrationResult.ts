import type { Client } from '@temporalio/client';
import type { FleetliftError } from '../errors/FleetliftError.js';
import type { MigrationResult, ServerResult } from '../model/job.js';
import type { StoredResult } from '../state/results.js';
import type { CommandContext } from './context.js';
import { asServerResult, resultOfFiles, resultOfStatus } from './summaries.js';
import { sayWhich, usageError } from './usageError.js';

/**
 * All that is known of one migration, with findings, changes and times: of final servers by their result files, of
 * the others by asking their jobs. Without a running Temporal only what the files tell.
 *
 * Where none is named, the only open one is meant, else the only one.
 *
 * @throws E-USAGE where none is known, or none is named and it is not clear which is meant.
 */
export async function migrationResult(context: CommandContext): Promise<MigrationResult> {
  const { readResults } = await import('../state/results.js');
  const stored = readResults(context.layout, context.globals.migration);
  const connected = await context.session.connectIfRunning();
  const name = await chooseMigration(context, stored, connected?.client ?? null);
  const files = stored.filter(({ migration }) => migration === name);
  const status = connected === null ? null : await queryStatus(connected.client, name);
  if (status === null && files.length === 0) throw unknownMigration(name);
  if (connected === null || status === null) return resultOfFiles(name, files);
  return withDetails(connected.client, resultOfStatus(status, Date.now()), files);
}

/**
 * Adds to every server what its migration does not keep: findings, changes, times.
 * @param files the result files of that migration
 */
export async function withDetails(
  client: Client,
  result: MigrationResult,
  files: readonly StoredResult[],
): Promise<MigrationResult> {
  const servers = await Promise.all(result.servers.map((server) => detailed(client, server, files)));
  return { ...result, servers };
}

async function detailed(
  client: Client,
  server: ServerResult,
  files: readonly StoredResult[],
): Promise<ServerResult> {
  const file = files.find((one) => one.job === server.job);
  if (file !== undefined) return asServerResult(file);
  if (server.status === 'Queued') return server;
  const { queryJob } = await import('../temporal/jobs.js');
  const record = await queryJob(client, server.job);
  return record ?? server;
}

async function queryStatus(client: Client, name: string) {
  const { queryMigration } = await import('../temporal/migrations.js');
  return queryMigration(client, name);
}

/** Nothing is known of a migration that was named. */
export function unknownMigration(name: string): FleetliftError {
  return usageError(`there is no migration "${name}"`, 'fleetlift jobs list');
}

async function chooseMigration(
  { globals }: CommandContext,
  stored: readonly StoredResult[],
  client: Client | null,
): Promise<string> {
  if (globals.migration !== undefined) return globals.migration;
  const names = new Set(stored.map(({ migration }) => migration));
  if (client !== null) {
    const { listMigrations } = await import('../temporal/migrations.js');
    const known = await listMigrations(client);
    const [open, ...moreOpen] = known.filter((one) => one.open);
    if (open !== undefined && moreOpen.length === 0) return open.name;
    for (const { name } of known) names.add(name);
  }
  const [first, ...others] = names;
  if (first === undefined) {
    throw usageError('there is no migration here yet', 'fleetlift migrate INVENTORY');
  }
  if (others.length > 0) {
    throw usageError(`several migrations are known: ${[...names].join(', ')}`, sayWhich([...names]));
  }
  return first;
}
