import { powerCut, powerOn } from '../../../lab/lab.js';
import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { onlyServer } from '../../e2e/inventory.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';
import { whileMigrating } from './whileMigrating.js';

/** So slow that the cut comes in the middle. */
const RATE_MBPS = 60;
const CUT_AT_BYTES = 40e6;

/** The source goes off while it sends, and on again; nobody tells the job. */
export async function powerCutDuringSync(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('lvm'));
  const inventory = await machineInventory(fleetlift, 'power-cut', [machine], (document) => {
    document.setIn(['defaults', 'sync'], { rateMbps: RATE_MBPS });
    document.setIn(['defaults', 'verify'], { checksum: true, boot: [] });
    document.setIn(['defaults', 'retry'], { maximumAttempts: 20, initialInterval: '5s' });
  });
  const migrating = fleetlift.migrate(inventory);
  const sentAtCut = await whileMigrating(migrating, 'a sync of that many bytes', async () => {
    const sent = await wireBytes(fleetlift, machine.name);
    return sent >= CUT_AT_BYTES ? sent : null;
  });
  await powerCut(machine.name);
  await powerOn(machine.name);
  const server = onlyServer((await migrating).result);
  if (server.status !== 'Finished' || server.verify?.checksum?.differences !== 0) {
    throw new Error(`${server.status} ${JSON.stringify(server.error)} ${JSON.stringify(server.verify)}`);
  }
  const { wireBytes: sent = 0 } = server.sync ?? {};
  return `cut at ${Math.round(sentAtCut / 1e6)} MB, Finished with ${Math.round(sent / 1e6)} MB sent, no difference`;
}

/** Bytes over the wire so far, of a pass that runs too. */
async function wireBytes(fleetlift: Fleetlift, name: string): Promise<number> {
  const { stdout } = await fleetlift.run('status', '--json', '--migration', 'power-cut');
  // Until the migration is there, the document is an error.
  const { servers = [] } = JSON.parse(stdout) as {
    servers?: { name: string; progress?: { wireBytes?: number } | null }[];
  };
  return servers.find((server) => server.name === name)?.progress?.wireBytes ?? 0;
}
