import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { labBuild, labDown, labStatus, labUp, powerOff, powerOn } from './lab.js';
import { DEFAULT_STATE_DIR } from './paths.js';
import { inventoryFile } from './state.js';

const progress = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

const program = new Command('lab')
  .description('throw-away servers that boot a real Debian, each with its own disks, address and sshd')
  .option('--state-dir <folder>', 'where the lab keeps its disks, keys and inventory', DEFAULT_STATE_DIR)
  .showHelpAfterError();
const stateDir = (): string => resolve(program.opts<{ stateDir: string }>().stateDir);

program
  .command('up')
  .argument('<count>', 'number of servers, 1 to 30', wholeNumber)
  .option('--rate <rate>', 'limit of each uplink, e.g. 100mbit', rate)
  .action(async (servers: number, { rate: rateMbit }: { rate?: number }) => {
    await labUp({ servers, rateMbit: rateMbit ?? null, stateDir: stateDir(), progress });
    progress(`inventory: ${inventoryFile(stateDir())}`);
  });
program
  .command('build')
  .description('build the systems that servers are copied from; “up” does so where they are missing')
  .action(() => labBuild(progress));
program
  .command('down')
  .description('remove all servers and everything they used')
  .action(() => labDown(stateDir(), progress));
program
  .command('status')
  .option('--json', 'one JSON document')
  .action(async ({ json }: { json?: boolean }) => {
    const servers = await labStatus(stateDir());
    if (json === true) process.stdout.write(`${JSON.stringify({ servers }, null, 2)}\n`);
    else
      for (const { name, address, kind, power } of servers)
        console.log(`${name}\t${address}\t${kind}\t${power}`);
  });
program
  .command('start')
  .argument('<name>')
  .description('boot a server again')
  .action((name: string) => powerOn(name, stateDir()));
program
  .command('stop')
  .argument('<name>')
  .description('power a server off')
  .action((name: string) => powerOff(name, stateDir()));

try {
  await program.parseAsync();
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected.');
  return Number(text);
}

function rate(text: string): number {
  const megabits = /^(\d+)mbit$/.exec(text)?.[1];
  if (megabits === undefined || Number(megabits) === 0) throw new InvalidArgumentError('e.g. 100mbit.');
  return Number(megabits);
}
