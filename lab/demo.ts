/** The demo: three real servers become three images that boot, by the commands that an operator would type. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { isMap, parseDocument } from 'yaml';
import { labDown, labUp } from './lab.js';
import { DEFAULT_STATE_DIR, PROJECT_DIR } from './paths.js';
import { inventoryFile } from './state.js';

const SERVERS = 3;
/** Kept after the demo: images, logs and the report. The next demo starts anew. */
const OUTPUT = join(PROJECT_DIR, 'demo');
const FLEETLIFT = join(PROJECT_DIR, 'bin', 'fleetlift');
const OWN_STATE = ['--state-dir', OUTPUT];
/** The third server runs PostgreSQL with this many rows; its image must have them. */
const COUNT_ROWS = "runuser -u postgres -- psql -At lab -c 'select count(*) > 0 from rows' | grep -qx t";

const say = (line: string): void => void process.stdout.write(`demo: ${line}\n`);
const fleetlift = (...args: string[]) =>
  execa(FLEETLIFT, [...OWN_STATE, ...args], { stdio: 'inherit', reject: false });

const startedMs = Date.now();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

try {
  process.exitCode = await demo();
} finally {
  say('removing the lab');
  await fleetlift('down');
  await labDown();
}

/** @returns the exit status: 0 only if every image booted and passed its checks */
async function demo(): Promise<number> {
  say(`making a lab of ${SERVERS} servers`);
  // Of a demo that was broken off: mostly there is none, which is nothing to tell.
  await execa(FLEETLIFT, [...OWN_STATE, 'down'], { stdio: ['ignore', 'ignore', 'inherit'], reject: false });
  await rm(OUTPUT, { recursive: true, force: true });
  await mkdir(OUTPUT, { mode: 0o700 });
  await labUp({ servers: SERVERS, progress: (line) => say(line) });
  const inventory = await writeDemoInventory();
  if (interrupted.signal.aborted) return 130;

  say(`fleetlift migrate ${inventory}`);
  const { exitCode = 1 } = await fleetlift('migrate', inventory);
  if (exitCode !== 0) {
    say(`the migration ended with exit status ${exitCode}`);
    return exitCode;
  }
  const report = join(OUTPUT, 'report.html');
  await fleetlift('report', '--html', report);
  say(`every image booted under BIOS and UEFI and passed its checks, in ${minutes(Date.now() - startedMs)}`);
  say(`images and logs: ${join(OUTPUT, 'relay', 'jobs')}`);
  say(`report:          ${report}`);
  return 0;
}

/** The lab's inventory, with boots under both firmwares and a look at the database. */
async function writeDemoInventory(): Promise<string> {
  const document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
  document.setIn(['defaults', 'verify', 'boot'], ['bios', 'uefi']);
  const servers = document.toJS() as { servers: { name: string }[] };
  const database = servers.servers.findIndex(({ name }) => name === 'lab3');
  const entry = document.getIn(['servers', database]);
  if (isMap(entry)) entry.set('verify', document.createNode({ commands: [COUNT_ROWS] }));
  const file = join(OUTPUT, 'inventory.yaml');
  await writeFile(file, document.toString());
  return file;
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
