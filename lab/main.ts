import { Command, InvalidArgumentError } from 'commander';
import { labDown, labStatus, labUp, powerOff, powerOn } from './lab.js';
import { DEFAULT_STATE_DIR } from './paths.js';
import { inventoryFile } from './state.js';

const progress = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

const program = new Command('lab')
  .description('throw-away servers that boot a real Debian, each with its own disks, address and sshd')
  .showHelpAfterError();

program
  .command('up')
  .argument('<count>', 'number of servers, 1 to 30', wholeNumber)
  .option('--rate <rate>', 'limit of each uplink, e.g. 100mbit', rate)
  .action(async (servers: number, { rate: rateMbit }: { rate?: number }) => {
    await labUp({ servers, rateMbit: rateMbit ?? null, progress });
    progress(`inventory: ${inventoryFile(DEFAULT_STATE_DIR)}`);
  });
program
  .command('down')
  .description('remove all servers and everything they used')
  .action(() => labDown(DEFAULT_STATE_DIR, progress));
program
  .command('status')
  .option('--json', 'one JSON document')
  .action(async ({ json }: { json?: boolean }) => {
    const servers = await labStatus();
    if (json === true) process.stdout.write(`${JSON.stringify({ servers }, null, 2)}\n`);
    else
      for (const { name, address, kind, power } of servers)
        console.log(`${name}\t${address}\t${kind}\t${power}`);
  });
program
  .command('start')
  .argument('<name>')
  .description('boot a server again')
  .action((name: string) => powerOn(name));
program
  .command('stop')
  .argument('<name>')
  .description('power a server off')
  .action((name: string) => powerOff(name));

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
