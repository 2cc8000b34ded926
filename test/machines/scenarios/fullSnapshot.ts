import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { onlyServer } from '../../e2e/inventory.js';
import { LabShell } from '../../e2e/labShell.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';
import { whileMigrating } from './whileMigrating.js';

const SNAPSHOTS = 'lvs --noheadings -o lv_name data | grep -c fleetlift || :';
/** More than the volume's snapshot has room for. */
const FILL = 'dd if=/dev/zero of=/srv/data/fill bs=1M count=320 conv=fsync 2>&1';
const STILL_FINE =
  'echo works >/srv/data/after && rm /srv/data/fill && sync && ! grep -E "^[^ ]+ /(srv/data|var)? [^ ]+ ro[, ]" /proc/mounts && systemctl is-system-running';

/** A volume is written to until its snapshot is full: the pass fails with its code, the server notices nothing. */
export async function fullSnapshot(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('lvm'));
  const shell = new LabShell(machine);
  const inventory = await machineInventory(fleetlift, 'full-snapshot', [machine], (document) => {
    document.setIn(['defaults', 'verify'], { checksum: true, boot: [] });
    document.setIn(['defaults', 'retry'], { maximumAttempts: 1, initialInterval: '5s' });
  });
  const migrating = fleetlift.migrate(inventory);
  await whileMigrating(migrating, 'a snapshot', async () =>
    (await shell.run(SNAPSHOTS)).trim() === '0' ? null : true,
  );
  await shell.run(FILL);
  const failed = onlyServer((await migrating).result);
  if (failed.error?.code !== 'E-SNAPSHOT') {
    throw new Error(`${failed.status}: ${JSON.stringify(failed.error)}`);
  }
  await shell.run(STILL_FINE);
  const left = (await shell.run(SNAPSHOTS)).trim();
  if (left !== '0') throw new Error(`${left} snapshots are left`);
  await fleetlift.run('retry', machine.name, '--migration', 'full-snapshot');
  const server = onlyServer((await fleetlift.migrate(inventory)).result);
  if (server.status !== 'Finished' || server.verify?.checksum?.differences !== 0) {
    throw new Error(`after retry ${server.status}: ${JSON.stringify(server.error)}`);
  }
  return `${failed.error.message}; the server goes on, and after retry it is Finished`;
}
