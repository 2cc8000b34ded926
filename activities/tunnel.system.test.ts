import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentClient } from '../src/agent/AgentClient.js';
import { recordedFacts } from '../src/agent/facts/testing.js';
import { agentFolder } from '../src/agent/folder.js';
import { startGate, type Gate } from '../src/agent/testing/gate.js';
import { parsed } from '../src/inventory/testing.js';
import type { JobContext, PassRequest } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import { resolveServer } from '../src/model/fleet.js';
import type { PassStatus } from '../src/model/transfer.js';
import { freePort } from '../src/relay/testing/source.js';
import { eventually, makeKey, startSshd, type TestSshd } from '../src/ssh/testing/sshd.js';
import { preflight } from './preflight.js';
import { makeTransferKey, runPass } from './sync.js';
import { sshTarget, withSession } from './support/source.js';

const FILE_BYTES = 64 << 20;
const HELD_BYTES = 40 << 20;
/** An ssh client whose tunnel hangs gives it up after a minute; who waits for that has not handled it. */
const SOON_MS = 25_000;

/** This machine is the source: one folder of it, behind an sshd that lets no tunnel be opened but as a test wants. */
let source: TestSshd;
/** Stands for the relay's. */
let relay: TestSshd;
let gate: Gate;
let folder: string;
let context: JobContext;
let facts: SourceFacts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-tunnel-'));
  for (const name of ['source', 'replica/fs0']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'source/large'), randomBytes(FILE_BYTES));
  await makeKey(join(folder, 'key'), 'ed25519');
  relay = await startSshd();
  gate = await startGate(relay.port);
  facts = factsOf(join(folder, 'source'));
});
afterAll(async () => {
  await gate.stop();
  await relay.stop();
  await rm(folder, { recursive: true });
});

describe('a pass through a tunnel', () => {
  beforeEach(async () => {
    await startSource();
    await rm(join(folder, 'replica/fs0/large'), { force: true });
    const config = join(folder, 'rsyncd.conf');
    const module = `[job]\npath = ${join(folder, 'replica')}\nread only = no\nwrite only = yes\n`;
    await writeFile(config, `use chroot = yes\nuid = 0\ngid = 0\n${module}`);
    const key = await asActivity(() => makeTransferKey(context));
    await relay.authorize(`restrict,command="rsync --server --daemon --config=${config} ." ${key}`);
  });
  afterEach(async () => {
    gate.open();
    await withSession(sshTarget(context.server), AbortSignal.timeout(30_000), (session) =>
      AgentClient.toRemove(session, context.job).remove(),
    );
    await source.stop();
  });

  it('arrives, and is compared through another one', async () => {
    gate.open();
    expect(await run(1, 'sync')).toMatchObject({ state: 'done' });
    expect(gate.bytes).toBeGreaterThan(FILE_BYTES);
    await expectEqual();
    expect(await run(2, 'verify')).toMatchObject({ state: 'done', filesystems: [{ exitCode: 0 }] });
    expect(await run(1, 'sync')).toMatchObject({ state: 'done' });
  });

  it('goes on in the middle of the file through a new one, though the old one hangs', async () => {
    gate.holdAfter(HELD_BYTES);
    const first = new MockActivityEnvironment();
    const running = asActivity(() => runPass(context, request(1, 'sync'), () => false), first);
    const given = expect(running).rejects.toThrow();
    await eventually(() => gate.held, 'the middle of the file');
    // As after a cut cable: nobody tells the source that its tunnel leads nowhere any more.
    const port = await passFile('port');
    for (const pid of await source.connections()) process.kill(pid, 'SIGSTOP');
    first.cancel();
    await given;
    gate.open();
    const startedMs = performance.now();
    expect(await run(1, 'sync')).toMatchObject({ number: 1, state: 'done' });
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
    expect(await passFile('port')).not.toBe(port);
    expect(gate.bytes).toBeLessThan(FILE_BYTES - HELD_BYTES * 0.9);
    await expectEqual();
  });

  it('tells that no relay is behind it', async () => {
    const port = await freePort();
    await expect(run(1, 'sync', port)).rejects.toMatchObject({
      code: 'E-RELAY-UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${port} (connect ECONNREFUSED`) as string,
      retryable: true,
    });
  });

  const run = (number: number, kind: PassRequest['kind'], port?: number): Promise<PassStatus> =>
    asActivity(() => runPass(context, request(number, kind, port), () => false));

  const request = (number: number, kind: PassRequest['kind'], port = gate.port): PassRequest => {
    const receiver = { port, user: 'root', hostKey: relay.hostKeys.ed25519, module: 'job' };
    return { number, kind, facts, receiver };
  };

  const passFile = (name: string): Promise<string> =>
    readFile(join(agentFolder(context.job), 'pass/1', name), 'utf8');

  const expectEqual = () => execa('cmp', [join(folder, 'source/large'), join(folder, 'replica/fs0/large')]);
});

describe('preflight', () => {
  afterEach(() => source.stop());

  it('finds the relay through the tunnel', async () => {
    await startSource();
    expect(await codes(relay.port)).toEqual(expect.not.arrayContaining(['E-RELAY-UNREACHABLE', 'E-TUNNEL']));
  });

  it('is not taken in by a tunnel that accepts though no relay is behind it', async () => {
    await startSource();
    expect(await codes(await freePort())).toContain('E-RELAY-UNREACHABLE');
  });

  it('finds an sshd that lets no tunnel be opened, beside all else', async () => {
    await startSource(['AllowTcpForwarding no']);
    const found = await codes(relay.port);
    expect(found).toContain('E-TUNNEL');
    expect(found).toContain('I-FIRMWARE');
    expect(found).not.toContain('E-RELAY-UNREACHABLE');
  });

  async function codes(port: number): Promise<string[]> {
    const report = { name: 'local', port, freeBytes: 1e12, capacityBytes: 1e12, imageNameTaken: false };
    const outcome = await asActivity(() => preflight(context, report, true));
    await expect(stat(agentFolder(context.job))).rejects.toThrow('ENOENT');
    return outcome.findings.map(({ code }) => code);
  }
});

/** Runs an activity as a worker does. */
function asActivity<T>(work: () => Promise<T>, environment = new MockActivityEnvironment()): Promise<T> {
  return environment.run<[], T, () => Promise<T>>(work);
}

async function startSource(settings: readonly string[] = []): Promise<void> {
  source = await startSshd({ settings });
  await source.authorize(await readFile(join(folder, 'key.pub'), 'utf8'));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, source.knownHosts('ed25519'));
  const ssh = `{port: ${source.port}, identityFile: ${join(folder, 'key')}, knownHosts: ${knownHosts}}`;
  const name = `t${randomUUID().slice(0, 8)}`;
  const fleet = parsed(
    `version: 1\nname: tunneltest\nservers: [{name: ${name}, host: 127.0.0.1, ssh: ${ssh}, sync: {network: tunnel}}]\n`,
  );
  const [server] = fleet.servers;
  const [local] = fleet.relays;
  if (server === undefined || local === undefined) throw new Error('a fleet of one server has none');
  context = {
    job: { migration: fleet.name, server: name, number: 1 },
    server: resolveServer(fleet.defaults, server),
    relay: local,
    migrationMbps: null,
  };
}

/** Those of a server whose one filesystem is a folder. */
function factsOf(mountpoint: string): SourceFacts {
  const recorded = recordedFacts('ext4-mbr');
  const [first] = recorded.filesystems;
  if (first === undefined) throw new Error('the recorded server has no filesystem');
  const mounts = [
    { mountpoint: '/', root: '/elsewhere', options: [] },
    { mountpoint, root: '/', options: [] },
  ];
  return { ...recorded, filesystems: [{ ...first, mounts }] };
}
