import type { Client } from '@temporalio/client';
import type { ReadFigures } from '../relay/figures.js';
import { askMigrations, countWorkers } from '../temporal/figures.js';
import type { PagePart } from './page.js';
import { showMigrations } from './showMigrations.js';
import { showRelays } from './showRelays.js';

/** The open migrations, as Temporal and they themselves tell. */
export function migrationsPart(client: Client): PagePart {
  return {
    name: 'migrations',
    refresh: async () => {
      // What was told before is not told again where it cannot be asked for.
      const { figures, silent } = await askMigrations(client).catch((error: unknown) => {
        showMigrations([], new Map(), Date.now());
        throw error;
      });
      const workers = await countWorkers(client, figures).catch(() => null);
      showMigrations(figures, workers ?? new Map<string, number>(), Date.now());
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
