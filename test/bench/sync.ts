/**
 * How long a sync takes, against rsync over ssh typed by hand: the same tree, the same 100 Mbit/s link, in turn, in one
 * run. The sync may take 1.05 times as long.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR, PROJECT_DIR } from '../../lab/paths.js';
import { inventoryFile } from '../../lab/state.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { say, type BenchOutcome } from './benchmark.js';
import { prepareHandRun } from './handRun.js';

const RATE_MBIT = 100;
const ALLOWED_FACTOR = 1.05;
/** With these left out, lab1 is a stock Debian server with a kernel. */
const EXCLUDES = ['/swapfile', '/srv/large/'];

interface Round {
  readonly handSeconds: number;
  readonly syncSeconds: number;
  readonly logicalBytes: number;
  readonly wireBytes: number;
}

/** Compares as many rounds; the median counts. */
export async function benchSync(rounds: number): Promise<BenchOutcome> {
  await mkdir(join(PROJECT_DIR, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(PROJECT_DIR, '.cache', 'bench-'));
  try {
    return report(await measure(rounds, folder));
  } finally {
    await labDown();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(rounds: number, folder: string): Promise<Round[]> {
  say(`a lab server behind a link of ${RATE_MBIT} Mbit/s`);
  const [server] = await labUp({ servers: 1, rateMbit: RATE_MBIT, progress: say });
  if (server === undefined) throw new Error('the lab has no server');
  const hand = await prepareHandRun(DEFAULT_STATE_DIR, server, folder, EXCLUDES);
  const fleetlift = await Fleetlift.inNewFolder();
  try {
    await fleetlift.run('up');
    const measured: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // Neither finds the tree in memory because the other has just read it.
      await dropCaches();
      const handSeconds = await hand.seconds();
      say(`round ${round}: by hand ${handSeconds.toFixed(1)} s`);
      await dropCaches();
      const sync = await migrate(fleetlift, round);
      say(`round ${round}: fleetlift ${sync.syncSeconds.toFixed(1)} s`);
      measured.push({ handSeconds, ...sync });
    }
    return measured;
  } finally {
    await hand.dispose();
    await fleetlift.dispose();
  }
}

/** A whole step sync of a new migration: the replica made, the receiver opened, the data there and written out. */
async function migrate(fleetlift: Fleetlift, round: number): Promise<Omit<Round, 'handSeconds'>> {
  const document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
  document.set('name', `bench-${round}`);
  document.setIn(['defaults', 'verify'], { checksum: false, boot: [] });
  document.setIn(['defaults', 'sync'], { excludes: { system: EXCLUDES } });
  document.setIn(['servers', 0, 'image'], { name: `bench-${round}` });
  const file = join(fleetlift.stateDir, `bench-${round}.yaml`);
  await writeFile(file, document.toString());
  const { exitCode, result } = await fleetlift.migrate(file);
  const sync = result.servers[0]?.sync;
  if (exitCode !== 0 || sync === null || sync === undefined) {
    throw new Error(`migrate ended with ${exitCode}: ${JSON.stringify(result.servers)}`);
  }
  return { syncSeconds: sync.seconds, logicalBytes: sync.logicalBytes, wireBytes: sync.wireBytes };
}

function report(measured: readonly Round[]): BenchOutcome {
  const hand = median(measured.map(({ handSeconds }) => handSeconds));
  const sync = median(measured.map(({ syncSeconds }) => syncSeconds));
  const logicalBytes = measured[0]?.logicalBytes ?? 0;
  const factor = sync / hand;
  console.log(
    `\n${(logicalBytes / 1e6).toFixed(0)} MB of data, ${RATE_MBIT} Mbit/s, ${measured.length} rounds\n`,
  );
  console.log('                         median      min      max     data');
  printRow(
    'rsync over ssh by hand',
    measured.map(({ handSeconds }) => handSeconds),
  );
  printRow(
    'fleetlift, step sync',
    measured.map(({ syncSeconds }) => syncSeconds),
  );
  console.log(`\nfactor ${factor.toFixed(3)} (allowed ${ALLOWED_FACTOR})`);
  return {
    passed: factor <= ALLOWED_FACTOR,
    figures: { rateMbit: RATE_MBIT, factor, allowedFactor: ALLOWED_FACTOR, rounds: measured },
  };

  function printRow(name: string, seconds: readonly number[]): void {
    const [middle, low, high] = [median(seconds), Math.min(...seconds), Math.max(...seconds)];
    const times = [middle, low, high].map((value) => `${value.toFixed(1)} s`.padStart(9)).join('');
    console.log(`${name.padEnd(23)}${times} ${(logicalBytes / 1e6 / middle).toFixed(1).padStart(5)} MB/s`);
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

async function dropCaches(): Promise<void> {
  await writeFile('/proc/sys/vm/drop_caches', '3');
}
