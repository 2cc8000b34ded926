import type { Client } from '@temporalio/client';
import type { ReadFigures } from '../relay/figures.js';
import { countWorkers, migrationsAsker } from '../temporal/figures.js';
import type { PagePart } from './page.js';
import { showMigrations } from './showMigrations.js';
import { showRelays } from './showRelays.js';

const NOTHING = { open: [], ended: [] };

/** The migrations, as Temporal and they themselves tell. */
export function migrationsPart(client: Client): PagePart {
  const ask = migrationsAsker(client);
  return {
    name: 'migrations',
    refresh: async () => {
      // What was told before is not told again where it cannot be asked for.
      const migrations = await ask().catch((error: unknown) => {
        showMigrations(NOTHING, new Map(), Date.now());
        throw error;
      });
      const { open, silent } = migrations;
      const workers = await countWorkers(client, open).catch(() => null);
      showMigrations(migrations, workers ?? new Map<string, number>(), Date.now());
      if (silent.length > 0) throw new Error(`no answer of ${silent.join(', ')}`);
      if (workers === null) throw new Error('Temporal does not tell who asks for work');
    },
  };
}

/** The relays of this process, as their disks tell. */
export function relaysPart(relays: readonly ReadFigures[]): PagePart {
  return {
    name: 'relays',
    refresh: async () => {
      const figures = await Promise.all(relays.map((read) => read())).catch((error: unknown) => {
        showRelays([]);
        throw error;
      });
      showRelays(figures);
    },
  };
}
