import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { labBuild, labDown, labStatus, labUp, powerCut, powerOff, powerOn } from './lab.js';
import { DEFAULT_STATE_DIR } from './paths.js';
import { inventoryFile } from './state.js';
import { PROFILES, vmProfile, type ProfileName } from './vm/profiles.js';

interface UpOptions {
  readonly rate?: number;
  readonly vm?: boolean;
  readonly profile?: readonly ProfileName[];
  readonly clones?: boolean;
}

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
  .option('--vm', 'QEMU machines: LVM, arrays, UEFI and other things that a namespace cannot have')
  .addOption(
    new Option('--profile <profiles...>', 'what the machines are, in turn (default: each of them)')
      .argParser(profileNames)
      .implies({ vm: true }),
  )
  .option('--clones', 'all machines are copies of the first one, as servers made of one template')
  .addHelpText(
    'after',
    `\nProfiles:\n${PROFILES.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}`,
  )
  .action(async (servers: number, { rate: rateMbit, vm, profile, clones }: UpOptions) => {
    await labUp({
      servers,
      rateMbit: rateMbit ?? null,
      stateDir: stateDir(),
      progress,
      ...(vm === true ? { profiles: profile ?? PROFILES.map(({ name }) => name) } : {}),
      ...(clones === true ? { clones } : {}),
    });
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

program
  .command('cut')
  .argument('<name>')
  .description('cut a server’s power')
  .action((name: string) => powerCut(name, stateDir()));

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

function profileNames(text: string, before: readonly ProfileName[] = []): ProfileName[] {
  try {
    return [...before, vmProfile(text).name];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
