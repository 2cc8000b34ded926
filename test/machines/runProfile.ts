import { labServers, labUp, powerOff } from '../../lab/lab.js';
import { isMachine, type LabMachine } from '../../lab/servers.js';
import { vmProfile, type ProfileName, type VmProfile } from '../../lab/vm/profiles.js';
import type { Firmware } from '../../src/model/fleet.js';
import type { ServerResult } from '../../src/model/job.js';
import type { Fleetlift } from '../e2e/fleetlift.js';
import { serverOf } from '../e2e/inventory.js';
import { LabShell } from '../e2e/labShell.js';
import { operate } from './afterCutover.js';
import { compareMachine } from './compareMachine.js';
import { machineInventory } from './machineInventory.js';
import type { ProfileRow } from './results.js';

const FAILED_UNITS = "systemctl list-units --failed --plain --no-legend | cut -d' ' -f1";

/** Makes a machine of the profile, or finds it made, and boots it. */
export async function machineOf(number: number, profile: VmProfile): Promise<LabMachine> {
  await labUp({ servers: [number], profiles: [profile.name] });
  const machine = (await labServers()).find(({ index }) => index === number);
  if (machine === undefined || !isMachine(machine)) throw new Error(`lab${number} is no machine`);
  return machine;
}

/** What a migration of one machine is asked for, beside what an inventory leaves to the defaults. */
export interface Wishes {
  /** Default: both. */
  readonly boot?: readonly Firmware[];
  readonly sync?: Readonly<Record<string, unknown>>;
  readonly image?: Readonly<Record<string, unknown>>;
}

/** What a profile wants of the operator, or is to show besides. */
const WISHES: Partial<Record<ProfileName, Wishes>> = {
  luks: { sync: { luks: 'plain' } },
  // An xfs that is smaller than the source's, which no tool could shrink, and a larger ext4.
  old: { image: { disks: { system: { sizeGiB: 4 } } } },
  new: { image: { disks: { system: { sizeGiB: 9 } } } },
};

/** Migrates a machine alone, in a migration of that name; what `migrate --json` says of it. */
export async function migrateMachine(
  fleetlift: Fleetlift,
  machine: LabMachine,
  name: string,
  { boot = ['bios', 'uefi'], sync = {}, image = {} }: Wishes = {},
): Promise<ServerResult> {
  const inventory = await machineInventory(fleetlift, name, [machine], (document) => {
    document.setIn(['defaults', 'verify'], { boot, commands: [FAILED_UNITS] });
    document.setIn(['defaults', 'retry'], { maximumAttempts: 2, initialInterval: '5s' });
    document.setIn(['defaults', 'sync'], sync);
    for (const [key, value] of Object.entries(image)) document.setIn(['defaults', 'image', key], value);
  });
  const { result } = await fleetlift.migrate(inventory);
  return serverOf(result.servers, machine.name);
}

/** Migrates a machine as its profile wants it; what came of it where this was done already. */
export function migrateProfile(fleetlift: Fleetlift, machine: LabMachine): Promise<ServerResult> {
  const { name } = machine.kind;
  return migrateMachine(fleetlift, machine, `machine-${name}`, WISHES[name]);
}

/** Paths of the images of a server that has arrived, the system disk's first. @throws Error with what became of it else */
export function imagesOf({ status, error, images }: ServerResult): string[] {
  if (status !== 'Finished') throw new Error(`${status}: ${JSON.stringify(error)}`);
  return images.map(({ path }) => path);
}

/** Everything that is shown of one profile, from an empty disk to the second boot of the image. */
export async function runProfile(
  fleetlift: Fleetlift,
  name: ProfileName,
  number: number,
): Promise<ProfileRow> {
  const startedMs = Date.now();
  const profile = vmProfile(name);
  const row: Omit<ProfileRow, 'passed' | 'ended' | 'spent' | 'took'> = {
    profile: name,
    syncBytes: null,
    seconds: null,
    imageSeconds: null,
    biosSeconds: null,
    uefiSeconds: null,
    files: null,
    differences: null,
    failedUnits: null,
    secondBootSeconds: null,
  };
  const spent: Record<string, number> = {};
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const beganMs = Date.now();
    return work.finally(() => {
      spent[what] = Math.round((Date.now() - beganMs) / 1000);
    });
  };
  const end = (ended: string, passed = false): ProfileRow => ({
    ...row,
    passed,
    ended,
    spent,
    took: Math.round((Date.now() - startedMs) / 1000),
  });
  try {
    const machine = await timed('made', machineOf(number, profile));
    const failedBefore = lines(await new LabShell(machine).run(FAILED_UNITS));
    const migrationMs = Date.now();
    const server = await migrateProfile(fleetlift, machine);
    const boots = server.verify?.boot ?? [];
    const secondsOf = (firmware: string): number | null =>
      boots.find((boot) => boot.firmware === firmware && boot.booted)?.seconds ?? null;
    const failedAfter = lines(server.verify?.commands[0]?.output ?? '');
    Object.assign(row, {
      syncBytes: server.sync?.logicalBytes ?? null,
      seconds: Math.round((Date.now() - migrationMs) / 1000),
      imageSeconds: server.times?.find(({ step }) => step === 'image')?.seconds ?? null,
      biosSeconds: secondsOf('bios'),
      uefiSeconds: secondsOf('uefi'),
      failedUnits: { source: failedBefore, image: failedAfter },
    });
    if (server.status !== 'Finished') return end(`${server.status}: ${JSON.stringify(server.error)}`);
    if (row.biosSeconds === null || row.uefiSeconds === null) return end('it did not boot under both');

    await powerOff(machine.name);
    const { files, unexplained } = await timed(
      'compared',
      compareMachine(fleetlift.stateDir, machine, server),
    );
    Object.assign(row, { files, differences: unexplained.length });
    if (unexplained.length > 0) return end(`differs: ${JSON.stringify(unexplained.slice(0, 10))}`);
    const newlyFailed = failedAfter.filter((unit) => !failedBefore.includes(unit));
    if (newlyFailed.length > 0) return end(`failed in the image only: ${newlyFailed.join(', ')}`);

    Object.assign(row, { secondBootSeconds: await operate(machine, server, timed) });
    return end('the same server', true);
  } catch (error) {
    return end(error instanceof Error ? error.message : String(error));
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
