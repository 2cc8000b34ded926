import type { Client } from '@temporalio/client';
import { didYouMean } from '../inventory/suggest.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { sayWhich, usageError } from './usageError.js';

/** What an operator named: servers, a wave, or all. */
export interface Selection {
  readonly names: readonly string[];
  readonly wave: string | null;
  readonly all: boolean;
}

export interface Selected {
  readonly migration: string;
  readonly servers: readonly ServerSummary[];
}

/**
 * The servers meant, in the one migration that has them all.
 *
 * @throws E-USAGE where a name is unknown, or it stands in several migrations (with the list).
 */
export async function findServers(
  client: Client,
  migration: string | undefined,
  selection: Selection,
): Promise<Selected> {
  const known = await knownStatuses(client, migration);
  const fitting = known.filter((status) => has(status, selection));
  const [first, ...others] = fitting;
  if (first === undefined) throw unknown(known, selection);
  if (others.length > 0) {
    throw usageError(
      `that stands in several migrations: ${fitting.map(({ name }) => name).join(', ')}`,
      sayWhich(fitting.map(({ name }) => name)),
    );
  }
  return { migration: first.name, servers: first.servers.filter((server) => isMeant(server, selection)) };
}

/** @throws E-USAGE unless exactly one of servers, wave and all was given. */
export function requireOneKind({ names, wave, all }: Selection): void {
  if (Number(names.length > 0) + Number(wave !== null) + Number(all) === 1) return;
  throw usageError('name servers, or --wave NAME, or --all, and only one of them', 'fleetlift status');
}

/** Statuses of the migration named, else of all open ones, else of all that Temporal knows. */
async function knownStatuses(client: Client, migration: string | undefined): Promise<MigrationStatus[]> {
  const { listMigrations, queryMigration } = await import('../temporal/migrations.js');
  const known = await listMigrations(client);
  const open = known.filter((one) => one.open);
  const meant =
    migration !== undefined ? known.filter(({ name }) => name === migration) : open.length > 0 ? open : known;
  if (meant.length === 0) {
    throw usageError(
      migration === undefined ? 'there is no migration yet' : `there is no migration "${migration}"`,
      known.length === 0 ? 'fleetlift migrate INVENTORY' : 'fleetlift jobs list',
    );
  }
  const statuses = await Promise.all(meant.map(({ name }) => queryMigration(client, name)));
  return statuses.filter((status) => status !== null);
}

function has(status: MigrationStatus, { names, wave, all }: Selection): boolean {
  if (all) return true;
  if (wave !== null) return status.waves.some(({ name }) => name === wave);
  return names.every((name) => status.servers.some((server) => server.name === name));
}

function isMeant(server: ServerSummary, { names, wave, all }: Selection): boolean {
  return all || (wave === null ? names.includes(server.name) : server.wave === wave);
}

function unknown(known: readonly MigrationStatus[], { names, wave }: Selection): Error {
  const kind = wave === null ? 'server' : 'wave';
  const all = known.flatMap((status) =>
    (wave === null ? status.servers : status.waves).map(({ name }) => name),
  );
  const missing = wave ?? names.find((name) => !all.includes(name)) ?? names.join(', ');
  const hint = didYouMean(missing, all)?.hint;
  return usageError(
    `no ${kind} "${missing}" in ${known.map(({ name }) => name).join(', ')}.${hint === undefined ? '' : ` ${hint}`}`,
    'fleetlift status',
  );
}
