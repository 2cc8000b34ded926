/** Runs whose histories every later version must be able to go on with. */
import type { Fleet } from '../../src/model/fleet.js';
import { jobId, migrationId, ORCHESTRATOR_QUEUE } from '../../src/model/job.js';
import { sourceWorkflowId } from '../../src/model/source.js';
import { approveUpdate, deleteSourceUpdate } from '../../workflows/messages.js';
import { fleetOf } from '../support/simulation.js';
import { failure, type WorkflowBench } from '../support/workflowBench.js';

/** A workflow to record, and what its file is called. */
interface Recorded {
  readonly file: string;
  readonly workflowId: string;
}

/** By name, which is the migration's too: brings a run to its end, and says what is to be kept of it. */
export const RUNS: Readonly<Record<string, (bench: WorkflowBench, name: string) => Promise<Recorded[]>>> = {
  async once(bench, name) {
    await (await bench.migrate(fleetOf(name, { all: ['web1'] }))).result();
    return [job(name, 'web1'), migration(name)];
  },

  async firmwares(bench, name) {
    const boot = ['bios', 'uefi'] as const;
    const fleet = fleetOf(name, { all: ['web1'] });
    const verify = { ...fleet.defaults.verify, boot };
    bench.simulation.failures.set('web1:startBoot', [failure('E-BOOT-TIMEOUT', true)]);
    await (await bench.migrate({ ...fleet, defaults: { ...fleet.defaults, verify } })).result();
    return [job(name, 'web1')];
  },

  async waves(bench, name) {
    const fleet = fleetOf(name, { canary: ['web1'], rest: ['web2', 'web3'] }, { concurrency: 1 });
    const waves = fleet.waves.map((wave) => ({ ...wave, approval: wave.name === 'rest' }));
    const handle = await bench.migrate({ ...fleet, waves });
    await bench.statusWhen(name, ({ outcome }) => outcome === 'waiting');
    await handle.executeUpdate(approveUpdate, { args: ['rest'] });
    await handle.result();
    return [migration(name)];
  },

  async retry(bench, name) {
    const lost = failure('E-LINK-LOST', true);
    bench.simulation.failures.set('web1:runPass', [lost, lost, lost]);
    const handle = await bench.migrate(fleetOf(name, { all: ['web1'] }));
    await bench.jobWhen(name, 'web1', ({ status }) => status === 'InError');
    await bench.operate(name, 'web1', 'retry');
    await handle.result();
    return [job(name, 'web1')];
  },

  async pause(bench, name) {
    bench.simulation.held.add('web1:runPass');
    const handle = await bench.migrate(fleetOf(name, { all: ['web1'] }));
    await bench.called(name, 'web1', 'runPass');
    await bench.operate(name, 'web1', 'pause');
    await bench.jobWhen(name, 'web1', ({ status }) => status === 'Stopped');
    bench.simulation.held.delete('web1:runPass');
    await bench.operate(name, 'web1', 'resume');
    await handle.result();
    return [job(name, 'web1'), migration(name)];
  },

  async cancel(bench, name) {
    bench.simulation.held.add('web1:runPass');
    const handle = await bench.migrate(fleetOf(name, { all: ['web1'] }));
    await bench.called(name, 'web1', 'runPass');
    await bench.operate(name, 'web1', 'cancel');
    await handle.result();
    bench.simulation.held.delete('web1:runPass');
    return [job(name, 'web1')];
  },

  async incremental(bench, name) {
    const handle = await bench.migrate(incremental(fleetOf(name, { all: ['db1'] })));
    await waiting(bench, name, 1);
    await bench.operate(name, 'db1', 'sync-now');
    await waiting(bench, name, 2);
    bench.simulation.failures.set('db1:buildImage', [failure('E-IMAGE-TREE', false)]);
    await bench.operate(name, 'db1', 'cutover');
    await bench.jobWhen(name, 'db1', ({ status, error }) => status === 'Waiting' && error !== null);
    await bench.operate(name, 'db1', 'cutover');
    await handle.result();
    return [job(name, 'db1'), migration(name)];
  },

  async snapshots(bench, name) {
    bench.simulation.snapshots.add('web1');
    bench.simulation.failures.set('web1:compare', [failure('E-SNAPSHOT', true)]);
    await (await bench.migrate(fleetOf(name, { all: ['web1'] }))).result();
    bench.simulation.snapshots.delete('web1');
    return [job(name, 'web1')];
  },

  async room(bench, name) {
    bench.simulation.full.add('web1');
    const handle = await bench.migrate(fleetOf(name, { all: ['web1'] }));
    await bench.jobWhen(name, 'web1', ({ roomBytes }) => roomBytes !== undefined);
    bench.simulation.full.delete('web1');
    await handle.result();
    return [job(name, 'web1'), migration(name)];
  },

  async lock(bench, name) {
    for (const server of ['web1', 'clone']) bench.simulation.sources.set(server, name);
    bench.simulation.held.add('web1:runPass');
    const handle = await bench.migrate(fleetOf(name, { all: ['web1', 'clone'] }));
    await bench.jobWhen(name, 'clone', ({ error }) => error?.code === 'E-SOURCE-LOCKED');
    bench.simulation.held.delete('web1:runPass');
    await bench.operate(name, 'clone', 'skip');
    await handle.result();
    bench.simulation.sources.clear();
    const source = bench.env.client.workflow.getHandle(sourceWorkflowId(name));
    await source.executeUpdate(deleteSourceUpdate, { args: ['operator'] });
    await source.result();
    return [{ file: `${name}.source`, workflowId: sourceWorkflowId(name) }, job(name, 'clone')];
  },

  async drill(bench, name) {
    const workflowId = `drill/${name}`;
    const fleet = fleetOf(name, { all: ['web1', 'web2'] });
    bench.simulation.failures.set('web2:preflight', [failure('E-SSH-AUTH', false)]);
    await start(bench, 'drillWorkflow', workflowId, { fleet });
    return [{ file: name, workflowId }];
  },

  async doctor(bench, name) {
    const workflowId = `doctor/${name}`;
    bench.simulation.failures.set('web1:reachRelay', [failure('E-SSH-AUTH', false)]);
    await start(bench, 'doctorWorkflow', workflowId, { fleet: fleetOf(name, { all: ['web1'] }) });
    return [{ file: name, workflowId }];
  },

  async scheduled(bench, name) {
    const workflowId = `scheduled/${name}`;
    const wave = { fleet: fleetOf(name, { all: ['web1'] }), wave: 'all', readAt: new Date().toISOString() };
    await start(bench, 'scheduledWaveWorkflow', workflowId, wave);
    await bench.env.client.workflow.getHandle(migrationId(name)).result();
    return [{ file: name, workflowId }];
  },

  async kept(bench, name) {
    const request = {
      job: { migration: name, server: 'web1', number: 1 },
      relay: fleetOf(name, {}).relays[0],
    };
    await start(bench, 'readLogsWorkflow', `logs/${name}`, request);
    await start(bench, 'readScreenshotsWorkflow', `screenshots/${name}`, request);
    await start(bench, 'deleteJobWorkflow', `delete/${name}`, request);
    return [
      { file: `${name}.logs`, workflowId: `logs/${name}` },
      { file: `${name}.screenshots`, workflowId: `screenshots/${name}` },
      { file: `${name}.delete`, workflowId: `delete/${name}` },
    ];
  },
};

function job(name: string, server: string): Recorded {
  return { file: `${name}.${server}`, workflowId: jobId({ migration: name, server, number: 1 }) };
}

function migration(name: string): Recorded {
  return { file: `${name}.migration`, workflowId: migrationId(name) };
}

function incremental(fleet: Fleet): Fleet {
  const sync = { ...fleet.defaults.sync, mode: 'incremental' as const, quiesce: ['postgresql'] };
  return { ...fleet, defaults: { ...fleet.defaults, sync } };
}

async function waiting(bench: WorkflowBench, name: string, passes: number): Promise<void> {
  await bench.jobWhen(name, 'db1', ({ status, sync }) => status === 'Waiting' && sync?.passes === passes);
}

async function start(bench: WorkflowBench, type: string, workflowId: string, input: object): Promise<void> {
  await bench.env.client.workflow.execute(type, { workflowId, taskQueue: ORCHESTRATOR_QUEUE, args: [input] });
}
