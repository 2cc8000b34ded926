import { labServers, labUp, powerOff } from '../../../lab/lab.js';
import { isMachine, type LabMachine } from '../../../lab/servers.js';
import { Fleetlift } from '../../e2e/fleetlift.js';
import { serverOf } from '../../e2e/inventory.js';
import { LabShell } from '../../e2e/labShell.js';
import { machineInventory } from '../machineInventory.js';
import { whileMigrating } from './whileMigrating.js';

/** Tells the copies apart, which else differ in nothing but their address. */
const WHO = '/root/who';
/** A kernel that mounts one btrfs of a UUID only: Debian 12's. */
const OLD_KERNEL = '6.1.0-18-amd64';
/** Of the relay that is taken for an older one: the other relay's service is at the default. */
const OTHER_PORT = 8704;

type Migrated = Awaited<ReturnType<Fleetlift['migrate']>>;

/** Both in one migration on one relay, at once where its kernel can. */
export async function clones(fleetlift: Fleetlift, number: number): Promise<string> {
  const machines = await templateAndCopy(number);
  expectBoth(machines, await begin(fleetlift, machines, 'clones'));
  return `${machines.length} servers with the same UUIDs, machine-id and host keys: each image is its own`;
}

/** The same on a relay whose kernel is taken for an older one. */
export async function clonesInTurns(_: Fleetlift, number: number): Promise<string> {
  const old = await Fleetlift.inNewFolder({ env: { FLEETLIFT_RELAY_KERNEL: OLD_KERNEL } });
  try {
    const machines = await templateAndCopy(number);
    const migrating = begin(old, machines, 'clones-in-turns', OTHER_PORT);
    const waited = await whileMigrating(migrating, 'one that waited for its turn', async () => {
      const found = /waits for its turn[^"]*/.exec((await old.run('status', '--json')).stdout);
      return found === null ? null : found[0];
    });
    expectBoth(machines, await migrating);
    return `each image is its own, and one said: ${waited}`;
  } finally {
    await old.giveUp();
    await old.dispose();
  }
}

async function templateAndCopy(number: number): Promise<LabMachine[]> {
  const numbers = [number, number + 1];
  const there = (await labServers()).filter(({ index }) => numbers.includes(index));
  // The disks of the first are copied.
  if (there.length === 1) await powerOff(`lab${number}`);
  await labUp({ servers: numbers, profiles: ['btrfs'], clones: true });
  const machines = (await labServers()).filter(isMachine).filter(({ index }) => numbers.includes(index));
  for (const machine of machines) await new LabShell(machine).run(`echo I am ${machine.name} >${WHO}`);
  return machines;
}

async function begin(
  fleetlift: Fleetlift,
  machines: readonly LabMachine[],
  name: string,
  port?: number,
): Promise<Migrated> {
  const inventory = await machineInventory(fleetlift, name, machines, (document) => {
    document.setIn(['defaults', 'verify'], { boot: ['bios'], commands: [`cat ${WHO}`] });
    if (port !== undefined) document.setIn(['relays', 0, 'port'], port);
  });
  return fleetlift.migrate(inventory);
}

/** @throws Error where one is not Finished, or not itself. */
function expectBoth(machines: readonly LabMachine[], { result }: Migrated): void {
  for (const { name } of machines) {
    const { status, error, verify } = serverOf(result.servers, name);
    const said = verify?.commands[0]?.output ?? '';
    if (status !== 'Finished') throw new Error(`${name} ${status}: ${JSON.stringify(error)}`);
    if (said.trim() !== `I am ${name}`) throw new Error(`the image of ${name} says: ${said}`);
  }
}
