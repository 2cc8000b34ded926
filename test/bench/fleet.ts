/**
 * A thousand simulated servers in one migration of the production workflows, on a real dev server. What is judged are
 * counts and not times: events in Temporal for each server, and what the worker's heap has grown by since the first two
 * hundred, which tells what a finished server leaves behind.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PROJECT_DIR } from '../../lab/paths.js';
import { jobId, migrationId, type MigrationResult } from '../../src/model/job.js';
import type { Fleet } from '../../src/model/fleet.js';
import { approveUpdate } from '../../workflows/messages.js';
import { historiesOf } from '../support/histories.js';
import { fleetOf } from '../support/simulation.js';
import { migrationName, WorkflowBench } from '../support/workflowBench.js';
import { say, type BenchOutcome } from './benchmark.js';

const FIRST = 200;
const SERVERS = 1_000;
const AT_ONCE = 50;
/** The limit of a migration's own history is 51,200 events, of its waves some thousands: that they go on in new runs counts too. */
const MOST_EVENTS = 150;
const MOST_HEAP_GROWTH = 1.3;
const CACHED_WORKFLOWS = 100;
/** Between two looks at the migration: an answer has a record of each server. */
const LOOK_MS = 2_000;
const LONGEST_MS = 20 * 60_000;

export async function benchFleet(): Promise<BenchOutcome> {
  const code = await readFile(join(PROJECT_DIR, 'dist', 'workflow-bundle.js'), 'utf8');
  const bench = await WorkflowBench.start({
    bundle: { code },
    continueAsNewAt: null,
    // In debug mode workflows share the heap of this thread, so that it can be measured with them.
    worker: { debugMode: true, maxCachedWorkflows: CACHED_WORKFLOWS, maxHeartbeatThrottleInterval: '2s' },
  });
  try {
    return await measure(bench);
  } finally {
    await bench.dispose();
  }
}

async function measure(bench: WorkflowBench): Promise<BenchOutcome> {
  const fleet = twoWaves();
  const startedMs = performance.now();
  const handle = await bench.migrate(fleet);
  await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'waiting', {
    everyMs: LOOK_MS,
    deadlineMs: LONGEST_MS,
  });
  const firstHeapBytes = heapBytes(bench);
  say(`${FIRST} servers: ${seconds(startedMs)} s`);
  await handle.executeUpdate(approveUpdate, { args: ['rest'] });
  const result = await handle.result();
  const tookSeconds = seconds(startedMs);
  const lastHeapBytes = heapBytes(bench);
  say(`${SERVERS} servers: ${tookSeconds} s; counting events`);

  const jobEvents = await eventsOfJobs(bench, fleet);
  const runs = await historiesOf(bench.env.client, migrationId(fleet.name));
  const migrationEvents = runs.reduce((sum, { events }) => sum + (events?.length ?? 0), 0);
  const figures = {
    servers: SERVERS,
    finished: finishedOnce(result),
    seconds: tookSeconds,
    eventsPerServer: Math.round((jobEvents + migrationEvents) / SERVERS),
    eventsPerJob: Math.round(jobEvents / SERVERS),
    migrationEvents,
    migrationRuns: runs.length,
    heapGrowth: Math.round((lastHeapBytes / firstHeapBytes) * 100) / 100,
    firstHeapBytes,
    lastHeapBytes,
  };
  print(figures);
  const { finished, eventsPerServer, migrationRuns, heapGrowth } = figures;
  const passed =
    finished === SERVERS &&
    eventsPerServer <= MOST_EVENTS &&
    migrationRuns > 1 &&
    heapGrowth <= MOST_HEAP_GROWTH;
  return {
    passed,
    figures: { ...figures, mostEventsPerServer: MOST_EVENTS, mostHeapGrowth: MOST_HEAP_GROWTH },
  };
}

/** The second wave waits for a word, so that the heap can be measured while nothing runs. */
function twoWaves(): Fleet {
  const names = Array.from({ length: SERVERS }, (_, at) => `server${String(at).padStart(4, '0')}`);
  const waves = { first: names.slice(0, FIRST), rest: names.slice(FIRST) };
  const fleet = fleetOf(migrationName(), waves, { concurrency: AT_ONCE });
  return { ...fleet, waves: fleet.waves.map((wave) => ({ ...wave, approval: wave.name === 'rest' })) };
}

function finishedOnce({ servers }: MigrationResult): number {
  return new Set(servers.filter(({ status }) => status === 'Finished').map(({ name }) => name)).size;
}

async function eventsOfJobs(bench: WorkflowBench, fleet: Fleet): Promise<number> {
  let events = 0;
  for (const { name: server } of fleet.servers) {
    const handle = bench.env.client.workflow.getHandle(jobId({ migration: fleet.name, server, number: 1 }));
    events += (await handle.describe()).historyLength;
  }
  return events;
}

/** Bytes of this thread's heap that are still needed; what the simulation has noted is none of the worker's. */
function heapBytes({ simulation }: WorkflowBench): number {
  simulation.calls.length = 0;
  simulation.passes.length = 0;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

function print(figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) {
    const shown = name.endsWith('Bytes') ? `${(value / 1e6).toFixed(1)} MB` : String(value);
    console.log(`${name.padEnd(20)} ${shown.padStart(12)}`);
  }
}

function seconds(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) / 100) / 10;
}
