/**
 * Builds production's topology from the files of `deploy/` (Temporal's real server on PostgreSQL, Prometheus, two
 * orchestrators that own nothing, two relays), migrates ten servers with it while an orchestrator and a relay are killed,
 * and prints who did what. Exit 1 where something is not as it must be. What is kept of it lies in .cache/production: the
 * checks, the report, the data of the dashboards, the logs.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { powerOff, powerOn } from '../../lab/lab.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import { waitFor } from '../../lab/waitFor.js';
import { pollUntil } from '../../activities/support/poll.js';
import type { MigrationResult, ServerResult } from '../../src/model/job.js';
import { serverOf } from '../e2e/inventory.js';
import { check, checks } from './checks.js';
import { composeProblem, optionalSettings } from './compose.js';
import { checkDashboards, checkLogs, checkPages, checkReports, checkTotals, whoDidWhat } from './outcome.js';
import { SCRAPED_MS } from './prometheus.js';
import { STATIONS } from './stations.js';
import { Topology, WORKER_UID } from './Topology.js';

const SERVERS = 10;
/** Off when the migration begins: it fails, and is retried when it is on. */
const OFF = 'lab9';
/** Kept up to date by deltas until it is cut over. */
const INCREMENTAL = 'lab10';
const NAME = 'production';
const HOURS_MS = 3_600_000;
/** Between two looks at the migration. */
const ASKED_MS = 10_000;
const KEPT = join(PROJECT_DIR, '.cache', 'production');

const say = (line: string): void => console.error(`production: ${line}`);

const startedMs = Date.now();
const problem = await composeProblem();
check('docker-compose config', problem === null, problem ?? 'clean');
const optional = await optionalSettings();
check(
  'the compose file asks for every secret and folder',
  optional.length === 0,
  optional.join(', ') || 'all',
);
rmSync(KEPT, { recursive: true, force: true });
mkdirSync(KEPT, { recursive: true });
const topology = await Topology.start(SERVERS, KEPT, say);
try {
  await play();
} finally {
  await topology.close(KEPT);
}
checkLogs(topology, KEPT);
writeFileSync(join(KEPT, 'checks.json'), `${JSON.stringify(checks, null, 2)}\n`);
const failed = checks.filter(({ holds }) => !holds).length;
console.log(
  `\n${checks.length - failed} passed, ${failed} failed; ${Math.round((Date.now() - startedMs) / 60_000)} minutes`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function play(): Promise<void> {
  await powerOff(OFF);
  const inventory = await topology.inventory(NAME, (document) => {
    document.delete('waves');
    document.set('limits', { concurrency: SERVERS });
    document.setIn(['defaults', 'retry'], { maximumAttempts: 3, initialInterval: '1s' });
    document.setIn(['defaults', 'verify', 'boot'], ['bios']);
    document.setIn(['servers', 0, 'verify', 'boot'], ['bios', 'uefi']);
    document.setIn(['servers', SERVERS - 1, 'sync'], { mode: 'incremental', every: '1m' });
  });
  const doctor = await waitFor('a doctor that finds nothing', SCRAPED_MS, async () => {
    const outcome = await topology.runOn(STATIONS.worker1, ['doctor', inventory, '--json'], WORKER_UID);
    return outcome.exitCode === 0 && outcome;
  });
  const { checks: found } = JSON.parse(doctor.stdout) as { checks: { name: string; state: string }[] };
  const fine = found.filter(({ state }) => state === 'ok').map(({ name }) => name);
  const asked = [
    'Temporal',
    'search attributes',
    'retention',
    'orchestrator',
    ...['relay1', 'relay2'].flatMap((name) => [
      `relay ${name}`,
      `relay ${name} tools`,
      `relay ${name} clock`,
      `relay ${name} from lab1`,
    ]),
    'keys',
    'known_hosts',
  ];
  const lacking = asked.filter((name) => !fine.includes(name));
  check('doctor finds all in order', lacking.length === 0, lacking.join(', ') || fine.join(', '));

  const beganMs = Date.now();
  const detached = await topology.run('migrate', inventory, '--detach');
  check(
    'started from a machine that is neither orchestrator nor relay',
    detached.exitCode === 0,
    detached.stderr,
  );

  await until(`${SERVERS / 2} servers`, (servers) => servers.filter(isFinished).length >= SERVERS / 2 - 1);
  const [worker] = topology.workers;
  const [relay] = topology.relays;
  if (worker === undefined || relay === undefined) throw new Error('there is no worker or no relay');
  await Promise.all([worker.end('SIGKILL'), relay.end('SIGKILL')]);
  say(`killed ${worker.name} and ${relay.name}`);
  const down = `up{instance=~"(${STATIONS.worker1.address}|${STATIONS.relay1.address}):9464"} == 0`;
  await waitFor(
    'both to be missed',
    SCRAPED_MS,
    async () => (await topology.prometheus.query(down)).length === 2,
  );
  worker.restart();
  relay.restart();

  await powerOn(OFF);
  await until(`${OFF} in error`, (servers) => serverOf(servers, OFF).status === 'InError');
  check('retry of the server that was off', (await topology.run('retry', OFF)).exitCode === 0, OFF);
  await until('all but the incremental one', (servers) =>
    servers.every((server) => server.name === INCREMENTAL || isFinished(server)),
  );
  await until('deltas', (servers) => serverOf(servers, INCREMENTAL).status === 'Waiting');
  check('cutover', (await topology.run('cutover', INCREMENTAL)).exitCode === 0, INCREMENTAL);

  const { exitCode, result } = await topology.migrate(inventory);
  const finished = result.servers.filter(isFinished).length;
  check(
    'every server is finished, booted and equal',
    exitCode === 0 && finished === SERVERS,
    `${finished} of ${SERVERS}`,
  );
  whoDidWhat(result);
  await checkTotals(topology, result);
  await checkPages(topology);
  await checkDashboards(topology, SERVERS, beganMs, KEPT);
  await checkReports(topology, result, KEPT);
}

function isFinished({ status, verify }: ServerResult): boolean {
  if (status !== 'Finished' || verify?.checksum?.differences !== 0) return false;
  return verify.boot.length > 0 && verify.boot.every(({ booted }) => booted);
}

/** Asks seldom: a command that starts takes a second of a core, which boots have need of. */
async function until(what: string, holds: (servers: readonly ServerResult[]) => boolean): Promise<void> {
  say(`waiting for ${what}`);
  await pollUntil(ASKED_MS, AbortSignal.timeout(HOURS_MS), async () => {
    const { stdout } = await topology.run('status', '--json', '--migration', NAME);
    // Without servers it is an error: Temporal may be too busy to answer in time.
    const { servers } = JSON.parse(stdout || '{}') as Partial<MigrationResult>;
    return servers !== undefined && holds(servers) ? true : null;
  });
}
