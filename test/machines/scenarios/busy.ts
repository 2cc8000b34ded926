import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { onlyServer } from '../../e2e/inventory.js';
import { LabShell } from '../../e2e/labShell.js';
import { COUNT_TICKS, TickingDatabase } from '../../e2e/tickingDatabase.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';
import { whileMigrating } from './whileMigrating.js';

/** Seconds since 1970, whole, at which a snapshot of ours was made, by the source's own clock; nothing: there is none. */
const SNAPSHOT_MADE =
  "lvs --noheadings --config 'report{time_format=\"%s\"}' -o lv_name,lv_time 2>/dev/null | sed -n 's/^ *fleetlift-[^ ]* *//p' | sort -n | head -n 1";

/** Between two rows, and between two files: the emulated processor has the sync to do as well. */
const PAUSE_SECONDS = 0.5;
/** Files beside the database, written to as well. */
const FILES = `n=0; while n=$((n + 1)); do echo $n >/srv/layers/changing-$((n % 50)); sleep ${PAUSE_SECONDS}; done`;

/** Rows are committed all the time, before, during and after the pass that is read from snapshots. */
export async function busyDatabase(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('busy'));
  const shell = new LabShell(machine);
  const database = new TickingDatabase(machine);
  await database.write(PAUSE_SECONDS);
  await shell.run(`setsid sh -c '${FILES}' </dev/null >/dev/null 2>&1 &`);
  const inventory = await machineInventory(fleetlift, 'written-to', [machine], (document) => {
    document.setIn(['defaults', 'verify'], { boot: ['bios'], commands: [COUNT_TICKS] });
  });
  const migrating = fleetlift.migrate(inventory);
  const made = await whileMigrating(migrating, 'a snapshot', async () => {
    const seconds = Number((await shell.run(SNAPSHOT_MADE)).trim());
    return seconds > 0 ? seconds : null;
  });
  const server = onlyServer((await migrating).result);
  if (server.status !== 'Finished') throw new Error(`${server.status}: ${JSON.stringify(server.error)}`);
  const output = server.verify?.commands.find(({ command }) => command === COUNT_TICKS)?.output ?? '';
  const [rows = 0, last = 0] = (output.match(/\d+/g) ?? []).map(Number);
  // A row's time is taken when it is begun, the snapshot's in whole seconds.
  const [before, after] = [await database.rowsBefore(made - 1), await database.rowsBefore(made + 2)];
  const left = (await shell.run('lvs --noheadings -o lv_name | grep -c fleetlift || :')).trim();
  if (left !== '0') throw new Error(`${left} snapshots are left`);
  if (rows !== last) throw new Error(`${rows} rows, the last is ${last}: one is missing or half`);
  if (rows < before || rows > after)
    throw new Error(`${rows} rows in the image, ${before} to ${after} on the source`);
  return `${rows} rows in the image, of ${before} to ${after} that the source had around the snapshot; none missing`;
}
