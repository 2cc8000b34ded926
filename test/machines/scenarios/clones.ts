import { labServers, labUp } from '../../../lab/lab.js';
import { isMachine } from '../../../lab/servers.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { serverOf, writeInventory } from '../../e2e/inventory.js';
import { LabShell } from '../../e2e/labShell.js';

/** Tells the copies apart, which else differ in nothing but their address. */
const WHO = '/root/who';

/** Both in one migration on one relay, at once where its kernel can. */
export async function clones(fleetlift: Fleetlift): Promise<string> {
  await labUp({ servers: [1, 2], profiles: ['btrfs'], clones: true });
  const machines = (await labServers()).filter(isMachine);
  for (const machine of machines) await new LabShell(machine).run(`echo I am ${machine.name} >${WHO}`);
  const inventory = await writeInventory(fleetlift.stateDir, 'clones', (document) => {
    document.delete('waves');
    document.set(
      'servers',
      machines.map(({ name, address }) => ({ name, host: address })),
    );
    document.setIn(['defaults', 'verify'], { boot: ['bios'], commands: [`cat ${WHO}`] });
  });
  const { result } = await fleetlift.migrate(inventory);
  for (const { name } of machines) {
    const { status, error, verify } = serverOf(result.servers, name);
    const said = verify?.commands[0]?.output ?? '';
    if (status !== 'Finished') throw new Error(`${name} ${status}: ${JSON.stringify(error)}`);
    if (said.trim() !== `I am ${name}`) throw new Error(`the image of ${name} says: ${said}`);
  }
  return `${machines.length} servers with the same UUIDs, machine-id and host keys: each image is its own`;
}
