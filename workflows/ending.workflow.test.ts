import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { operateServer } from '../src/cli/operateServer.js';
import type { Fleet } from '../src/model/fleet.js';
import type { JobStatus, MigrationResult } from '../src/model/job.js';
import type { MigrationStatus } from '../src/model/messages.js';
import type { Operation } from '../src/model/operations.js';
import { editMigration, queryMigration, waitForEnd } from '../src/temporal/migrations.js';
import { runCommand } from '../test/support/cli.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';
import { lookForLostJobsSignal, serverChangedSignal } from './messages.js';

let bench: WorkflowBench;
/** Inventories and the state folder of the commands. */
let folder: string;

beforeAll(async () => {
  bench = await WorkflowBench.start();
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-ending-'));
  vi.stubEnv('FLEETLIFT_PAYLOAD_KEY_FILE', bench.layout.payloadKeyFile);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await bench.dispose();
  await rm(folder, { recursive: true });
});

/** Runs a command of the CLI. */
const fleetlift = (...argv: string[]) =>
  runCommand(join(folder, 'state'), ...argv, '--address', bench.env.address);

/** A migration whose jobs are all in error, with everything made that is to be released. */
async function failed(
  names: readonly string[],
  change: (fleet: Fleet) => Fleet = (fleet) => fleet,
): Promise<Fleet> {
  const fleet = change(fleetOf(migrationName(), { all: [...names] }));
  for (const name of names)
    bench.simulation.failures.set(`${name}:buildImage`, [failure('E-IMAGE-TREE', false)]);
  await bench.migrate(fleet);
  await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'failed');
  return fleet;
}

const operateAs = (fleet: Fleet, { servers }: MigrationStatus, operation: 'cancel' | 'delete') =>
  Promise.all(servers.map((server) => operateServer(bench.env.client, fleet.name, { operation }, server)));

describe('an operator’s answer', () => {
  const known = async (fleet: Fleet): Promise<JobStatus[]> => {
    const status = await queryMigration(bench.env.client, fleet.name);
    return status?.servers.map((server) => server.status) ?? [];
  };
  const askAll = (fleet: Fleet, names: readonly string[], operation: Operation) =>
    Promise.all(names.map((name) => bench.operate(fleet.name, name, operation)));

  it('comes when the migration knows what was asked, so that the next command finds it so', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const fleet = await failed(names);
    for (const name of names) bench.simulation.held.add(`${name}:buildImage`);
    await askAll(fleet, names, 'retry');
    expect(await known(fleet)).not.toContain('InError');
    await askAll(fleet, names, 'pause');
    bench.simulation.held.clear();
    await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'waiting');
    for (const name of names) bench.simulation.held.add(`${name}:startBoot`);
    await askAll(fleet, names, 'resume');
    expect(await known(fleet)).not.toContain('Stopped');
    bench.simulation.held.clear();
    await waitForEnd(bench.env.client, fleet.name);
  });
});

describe('a server that has ended since the operator looked at it', () => {
  it('is deleted all the same, and still told as finished; anything else is refused', async () => {
    const fleet = fleetOf(migrationName(), { all: ['o', 'p'] });
    for (const held of ['o:buildImage', 'p:buildImage']) bench.simulation.held.add(held);
    await bench.migrate(fleet);
    const seen = await bench.statusWhen(fleet.name, ({ servers }) =>
      servers.every(({ step }) => step === 'image'),
    );
    bench.simulation.held.delete('o:buildImage');
    const isFinished = ({ servers }: MigrationStatus): boolean => servers[0]?.status === 'Finished';
    await bench.statusWhen(fleet.name, isFinished);
    await bench.job(fleet.name, 'o').result();
    const [o] = seen.servers;
    if (o === undefined) throw new Error('two servers');

    const asked = (operation: Operation) => operateServer(bench.env.client, fleet.name, { operation }, o);
    const refusal = await asked('cancel');
    expect(refusal.accepted).toBe(false);
    expect(refusal.message).toContain('finished');
    expect(await asked('delete')).toMatchObject({ accepted: true });
    expect(bench.callsOf(fleet.name, 'o').slice(-2)).toEqual(['deleteJob', 'forgetResult']);
    await bench.statusWhen(fleet.name, isFinished);
    bench.simulation.held.clear();
    await waitForEnd(bench.env.client, fleet.name);
  });
});

describe('an operation that is possible for none of the servers', () => {
  it('ends with exit status 2, in words and as a document', async () => {
    const fleet = await failed(['n']);
    const resume = ['resume', 'n', '--migration', fleet.name];
    const told = 'n is in error: resume is not possible. Possible: retry, skip, cancel, delete.';
    const inWords = await fleetlift(...resume);
    expect(inWords).toMatchObject({ code: 2, out: `${told}\n` });
    const asDocument = await fleetlift(...resume, '--json');
    expect(JSON.parse(asDocument.out)).toMatchObject({
      servers: [{ name: 'n', accepted: false, message: told }],
    });
    expect(asDocument.code).toBe(2);
    await fleetlift('cancel', '--all', '--migration', fleet.name);
  });
});

describe('a migration whose servers are all given up', () => {
  it('is known as such as soon as the operator has his answer', async () => {
    const fleet = await failed(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) bench.simulation.held.add(`${name}:removeAgent`);
    const status = await bench.statusWhen(fleet.name, () => true);
    const answers = await operateAs(fleet, status, 'cancel');
    expect(answers.map(({ accepted }) => accepted)).toEqual([true, true, true]);
    const told = await queryMigration(bench.env.client, fleet.name);
    expect(told?.servers.map((server) => server.status)).toEqual(['Deleting', 'Deleting', 'Deleting']);
    expect(await editMigration(bench.env.client, { fleet, waves: null, only: null })).toBeNull();
    bench.simulation.held.clear();
    await waitForEnd(bench.env.client, fleet.name);
  });

  it.each([
    ['cancel', 'a/2'],
    // Nothing is kept of a deleted job, so its number is free, unless it is still in its last step.
    ['delete', 'a/1'],
  ])('starts anew after %s --all, however quickly migrate is typed', async (operation, atLeast) => {
    for (let round = 0; round < 4; round += 1) {
      const name = migrationName();
      const inventory = join(folder, `${name}.yaml`);
      const servers = ['a', 'b', 'c'].map((server) => ({ name: server, host: `${server}.example` }));
      await writeFile(inventory, stringify({ version: 1, name, servers }));
      const fail = (server: string) =>
        bench.simulation.failures.set(`${server}:preflight`, [failure('E-SSH-AUTH', false)]);
      for (const server of ['a', 'b', 'c']) fail(server);
      const first = await fleetlift('migrate', inventory, '--json');
      expect(first.code).toBe(3);
      const given = await fleetlift(operation, '--all', '--migration', name);
      expect(given.code).toBe(0);

      if (operation === 'cancel')
        bench.simulation.earlier = (JSON.parse(first.out) as MigrationResult).servers;
      fail('a');
      const again = await fleetlift('migrate', inventory, '--only', 'a', '--json');
      delete bench.simulation.earlier;
      const result = JSON.parse(again.out) as MigrationResult;
      expect(result.servers).toMatchObject([{ name: 'a', status: 'InError', error: { code: 'E-SSH-AUTH' } }]);
      expect(result.servers[0]?.job.replace(`job/${name}/`, '') ?? '').toSatisfy((job) => job >= atLeast);
      expect(again.code).toBe(3);
      await fleetlift('cancel', '--all', '--migration', name);
    }
  });

  it('answers an edit that comes in the moment of its end', async () => {
    const fleet = await failed(['a']);
    const { servers } = await bench.statusWhen(fleet.name, () => true);
    const handle = bench.env.client.workflow.getHandle(`migration/${fleet.name}`);
    const [server] = servers;
    if (server === undefined) throw new Error('one server');
    const [answer] = await bench.whileNothingRuns(async () => {
      const told = Date.now();
      await handle.signal(serverChangedSignal, { ...server, status: 'Cancelled', error: null, told });
      // What comes while it takes its last step has it take that once more, and fails the updates of that step.
      bench.inNextTask.do = () => handle.signal(lookForLostJobsSignal, handle.workflowId);
      return [editMigration(bench.env.client, { fleet, waves: null, only: null })];
    });
    expect(await answer).toBeNull();
    expect(bench.inNextTask.do).toBeNull();
    await waitForEnd(bench.env.client, fleet.name);
    await bench.job(fleet.name, 'a').terminate();
  });
});

describe('a migration whose workflow was ended from outside', () => {
  it('is followed no longer, and what to do next is told', async () => {
    const name = migrationName();
    const inventory = join(folder, `${name}.yaml`);
    await writeFile(inventory, stringify({ version: 1, name, servers: [{ name: 's', host: 's.example' }] }));
    bench.simulation.held.add('s:runPass');
    const followed = fleetlift('migrate', inventory, '--json');
    await bench.called(name, 's', 'runPass');
    await bench.env.client.workflow.getHandle(`migration/${name}`).terminate();

    const { code, out } = await followed;
    expect(JSON.parse(out)).toMatchObject({
      error: {
        code: 'E-MIGRATION-ENDED',
        message: expect.stringContaining(`migration/${name} was terminated`) as string,
        remedy: expect.stringContaining(`fleetlift jobs list --migration ${name}`) as string,
      },
    });
    expect(code).toBe(1);

    const watched = await fleetlift('status', '--watch', '--migration', name);
    expect(watched).toMatchObject({ code: 1, err: expect.stringContaining('E-MIGRATION-ENDED') as string });
    const asked = await fleetlift('status', '--json', '--migration', name);
    expect(asked).toMatchObject({ code: 0, err: expect.stringContaining('E-MIGRATION-ENDED') as string });
    expect(JSON.parse(asked.out)).toMatchObject({ outcome: 'failed', servers: [{ status: 'Running' }] });

    // Its jobs go on without it.
    bench.simulation.held.delete('s:runPass');
    expect(await bench.job(name, 's').result()).toMatchObject({ status: 'Finished' });
  });
});

describe('a job that has expired', () => {
  const soon = (fleet: Fleet): Fleet => ({
    ...fleet,
    defaults: { ...fleet.defaults, validDays: 3 / 86_400 },
  });

  it('is no obstacle to its migration’s next run, and is deleted with all it holds', async () => {
    const fleet = await failed(['x'], soon);
    await waitForEnd(bench.env.client, fleet.name);
    const status = await bench.statusWhen(fleet.name, () => true);
    expect(status.servers[0]).toMatchObject({ status: 'Expired' });
    const again = await (await bench.migrate(fleet)).result();
    expect(again.servers[0]).toMatchObject({ status: 'Finished', job: `job/${fleet.name}/x/2` });

    expect(bench.callsOf(fleet.name, 'x')).not.toContain('deleteJob');
    const [answer] = await operateAs(fleet, status, 'delete');
    expect(answer).toMatchObject({ accepted: true });
    await bench.job(fleet.name, 'x').result();
    expect(bench.callsOf(fleet.name, 'x').slice(-6)).toEqual([
      'deleteJob',
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'keepResult',
      'recordResult',
    ]);
  });

  it('expires by the validDays of the edited inventory', async () => {
    const fleet = await failed(['y']);
    const answer = await editMigration(bench.env.client, { fleet: soon(fleet), waves: null, only: null });
    expect(answer?.message).toContain('1 running ones with other settings');
    await bench.jobWhen(fleet.name, 'y', ({ status }) => status === 'Expired');
    await bench.operate(fleet.name, 'y', 'delete');
    await bench.job(fleet.name, 'y').result();
  });
});
