import { didYouMean } from '../inventory/suggest.js';
import type { MigrationInput } from '../model/messages.js';
import { usageError } from './usageError.js';

/** `--only a,b c` and `--only a --only b` mean the same. */
export function splitNames(values: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => value.split(',')).filter((name) => name !== ''))];
}

/**
 * The servers that `--wave` and `--only` leave of a fleet, in the order of the waves.
 *
 * @throws E-USAGE for a name that is not there, and where nothing is left.
 */
export function wantedServers({ fleet, waves, only }: MigrationInput): string[] {
  const allWaves = fleet.waves.map(({ name }) => name);
  for (const name of waves ?? []) requireName('wave', name, allWaves, fleet.name);
  const allServers = fleet.servers.map(({ name }) => name);
  for (const name of only ?? []) requireName('server', name, allServers, fleet.name);
  const wanted = fleet.waves
    .filter(({ name }) => waves === null || waves.includes(name))
    .flatMap(({ servers }) => servers)
    .filter((name) => only === null || only.includes(name));
  if (wanted.length === 0) {
    throw usageError(
      `no server of ${fleet.name} is in those waves and in --only`,
      `look at its waves (${allWaves.join(', ')}): fleetlift validate INVENTORY`,
    );
  }
  return wanted;
}

function requireName(kind: string, name: string, all: readonly string[], fleet: string): void {
  if (all.includes(name)) return;
  const hint = didYouMean(name, all)?.hint;
  throw usageError(
    `${fleet} has no ${kind} "${name}".${hint === undefined ? '' : ` ${hint}`}`,
    `${kind}s: ${all.slice(0, 20).join(', ')}${all.length > 20 ? ' …' : ''}`,
  );
}
