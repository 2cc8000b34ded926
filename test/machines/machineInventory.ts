import type { Document } from 'yaml';
import type { LabMachine } from '../../lab/servers.js';
import type { Fleetlift } from '../e2e/fleetlift.js';
import { writeInventory } from '../e2e/inventory.js';

/**
 * Writes the inventory of a migration that has these machines only; answers its path. A machine is migrated by several
 * in turn, and the images of those before stay: they are named after the migration.
 */
export function machineInventory(
  { stateDir }: Fleetlift,
  migration: string,
  machines: readonly LabMachine[],
  change: (document: Document) => void = () => undefined,
): Promise<string> {
  return writeInventory(stateDir, migration, (document) => {
    document.delete('waves');
    document.set(
      'servers',
      machines.map(({ name, address }) => ({
        name,
        host: address,
        image: { name: `${migration}-${name}` },
      })),
    );
    change(document);
  });
}
