import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { diskFile, jobPaths, mountPoint, type JobPaths } from '../paths.js';
import { BTRFS, EXT4, MIB, planOf, XFS } from '../testing/plans.js';
import type { RelayContext } from '../types.js';
import {
  deleteJob,
  openForVerify,
  prepareReplica,
  reconcile,
  sealReplica,
  settlePass,
  suspendReplicas,
} from './replica.js';
import { markUnsettled, readTrust } from './trust.js';

const job = { migration: 'm', server: 's', number: 1 };
let relay: RelayContext;
let paths: JobPaths;
let plan: ReplicaPlan;

beforeEach(async () => {
  relay = {
    name: 'local',
    dir: await mkdtemp(join(tmpdir(), 'fleetlift-replica-')),
    port: 1,
    address: '127.0.0.1',
  };
  paths = jobPaths(relay, job);
  plan = planOf([
    { id: 'fs0', type: 'ext4', mountpoint: '/', sizeBytes: 80 * MIB, features: EXT4, uuid: randomUUID() },
    { id: 'fs1', type: 'xfs', mountpoint: '/srv', sizeBytes: 320 * MIB, features: XFS, uuid: randomUUID() },
    {
      id: 'fs2',
      type: 'btrfs',
      mountpoint: '/home',
      sizeBytes: 160 * MIB,
      features: BTRFS,
      uuid: randomUUID(),
    },
  ]);
});

afterEach(async () => {
  await deleteJob(relay, job);
  expect(await loopsBelow(relay.dir)).toEqual([]);
  expect(await readdir(join(relay.dir, 'jobs'))).toEqual([]);
  await rm(relay.dir, { recursive: true, force: true });
});

async function inside(path: string): Promise<string> {
  return (await JobNamespace.open(paths, 'replica')).hostPath(path);
}

test('makes every filesystem as planned, settles, seals and opens it again read-only', async () => {
  await prepareReplica(relay, job, plan);
  const root = await inside(mountPoint(paths, 'fs0'));
  await writeFile(join(root, 'a'), 'content');
  await execa('mknod', [join(root, 'null'), 'c', '1', '3']);
  await chmod(join(root, 'a'), 0o4755);
  const btrfs = await inside(mountPoint(paths, 'fs2'));
  await writeFile(join(btrfs, '@/var/nested/b'), 'nested');
  await writeFile(join(btrfs, 'snapshots/1/c'), 'snapshot');
  const namespace = await JobNamespace.open(paths, 'replica');
  await markUnsettled(paths.work, namespace.identity);
  expect((await settlePass(relay, job)).usedBytes).toBeGreaterThan(MIB);
  await sealReplica(relay, job);
  expect(await loopsBelow(relay.dir)).toEqual([]);
  expect(await JobNamespace.find(paths, 'replica')).toBeNull();

  await openForVerify(relay, job);
  expect(await readFile(join(await inside(mountPoint(paths, 'fs0')), 'a'), 'utf8')).toBe('content');
  expect((await stat(join(await inside(mountPoint(paths, 'fs0')), 'a'))).mode & 0o7777).toBe(0o4755);
  await expect(writeFile(join(await inside(mountPoint(paths, 'fs1')), 'x'), '')).rejects.toMatchObject({
    code: 'EROFS',
  });
  const verify = await JobNamespace.open(paths, 'replica');
  const target = mountPoint(paths, 'fs2');
  const listed = (await verify.run('btrfs', ['subvolume', 'list', target])).stdout;
  expect(
    listed
      .split('\n')
      .map((line) => line.split(' path ')[1])
      .sort(),
  ).toEqual(['@', '@/var/nested', '@home', 'snapshots/1']);
  expect((await verify.run('btrfs', ['subvolume', 'get-default', target])).stdout).toMatch(/ path @$/);
  const ro = await verify.run('btrfs', ['property', 'get', '-t', 'subvol', `${target}/snapshots/1`, 'ro']);
  expect(ro.stdout).toBe('ro=true');

  for (const partition of plan.disks[0]?.partitions ?? []) {
    if (partition.role === 'bios-boot') continue;
    const probe = [
      '-p',
      '-O',
      String(partition.startBytes),
      '-S',
      String(partition.sizeBytes),
      '-o',
      'export',
    ];
    const { stdout } = await execa('blkid', [...probe, diskFile(paths, 'system')]);
    expect(stdout).toContain(`UUID=${partition.uuid}`);
  }
});

test('follows the subvolumes of its source from delta to delta, and no link that leads out', async () => {
  await prepareReplica(relay, job, plan);
  const btrfs = await inside(mountPoint(paths, 'fs2'));
  await writeFile(join(btrfs, '@/kept'), 'kept');
  await writeFile(join(btrfs, 'snapshots/1/a'), 'one');
  await sealReplica(relay, job);

  const subvolumes = [
    ...BTRFS.subvolumes.filter(({ path }) => path !== 'snapshots/1'),
    { id: 260, path: 'snapshots/2', readonly: true },
    { id: 261, path: '@/linked/3', readonly: true },
    { id: 262, path: 'later', readonly: true },
  ];
  const outside = await mkdtemp(join(tmpdir(), 'fleetlift-outside-'));
  await mkdir(join(outside, '3'));
  await prepareReplica(relay, job, plan);
  const again = await inside(mountPoint(paths, 'fs2'));
  // What a pass does with a snapshot that is gone, one that came after the facts, and a link in the place of a folder.
  await rm(join(again, 'snapshots/1'), { recursive: true });
  await mkdir(join(again, 'snapshots/2'));
  await writeFile(join(again, 'snapshots/2/a'), 'as a folder');
  await symlink(outside, join(again, '@/linked'));
  await sealReplica(relay, job);
  await prepareReplica(relay, job, { ...plan, subvolumes: { fs2: { subvolumes, defaultSubvolume: 257 } } });
  // Deleted by the source during the pass.
  await rm(join(await inside(mountPoint(paths, 'fs2')), 'later'), { recursive: true });
  await sealReplica(relay, job);

  await openForVerify(relay, job);
  const verify = await JobNamespace.open(paths, 'replica');
  const target = mountPoint(paths, 'fs2');
  const list = async (...words: string[]) =>
    (await verify.run('btrfs', ['subvolume', 'list', ...words, target])).stdout
      .split('\n')
      .flatMap((line) => line.split(' path ')[1] ?? [])
      .sort();
  expect(await list()).toEqual(['@', '@/linked/3', '@/var/nested', '@home', 'snapshots/2']);
  expect(await list('-r')).toEqual(['@/linked/3', 'snapshots/2']);
  expect((await verify.run('btrfs', ['subvolume', 'get-default', target])).stdout).toMatch(/ path @home$/);
  expect(await readFile(join(await inside(target), '@/kept'), 'utf8')).toBe('kept');
  expect(await readdir(outside)).toEqual(['3']);
  await rm(outside, { recursive: true });
});

test('preparing again keeps what is there; a partition without its marker is made anew', async () => {
  await prepareReplica(relay, job, plan);
  await writeFile(join(await inside(mountPoint(paths, 'fs0')), 'a'), 'content');
  await writeFile(join(await inside(mountPoint(paths, 'fs1')), 'b'), 'content');
  await prepareReplica(relay, job, plan);
  expect(await readFile(join(await inside(mountPoint(paths, 'fs0')), 'a'), 'utf8')).toBe('content');
  await (await JobNamespace.open(paths, 'replica')).close();
  await rm(join(paths.disks, 'system.5.done'));
  await prepareReplica(relay, job, plan);
  expect(await readdir(await inside(mountPoint(paths, 'fs0')))).toContain('a');
  expect(await readdir(await inside(mountPoint(paths, 'fs1')))).toEqual([]);
});

test('two replicas with the same UUIDs are made and mounted at the same time', async () => {
  const other = { ...job, server: 'clone' };
  try {
    await Promise.all([prepareReplica(relay, job, plan), prepareReplica(relay, other, plan)]);
    for (const one of [job, other]) {
      const namespace = await JobNamespace.open(jobPaths(relay, one), 'replica');
      const own = mountPoint(jobPaths(relay, one), 'fs2');
      await writeFile(namespace.hostPath(join(own, '@home/who')), one.server);
    }
    const namespace = await JobNamespace.open(paths, 'replica');
    expect(await readFile(namespace.hostPath(join(mountPoint(paths, 'fs2'), '@home/who')), 'utf8')).toBe('s');
  } finally {
    await deleteJob(relay, other);
  }
});

test('a mount that ended before it was settled is refused, and then distrusted file by file', async () => {
  await prepareReplica(relay, job, plan);
  const file = join(mountPoint(paths, 'fs0'), 'a');
  await writeFile(await inside(file), 'content');
  const namespace = await JobNamespace.open(paths, 'replica');
  await markUnsettled(paths.work, namespace.identity);
  await namespace.close();
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-DISK' });
  await prepareReplica(relay, job, plan);
  expect((await stat(await inside(file))).mtimeMs).toBe(1000);
  expect(await readTrust(paths, await JobNamespace.find(paths, 'replica'))).toBe('settled');
  await settlePass(relay, job);
});

test('suspended replicas leave nothing running and come back with their content', async () => {
  await prepareReplica(relay, job, plan);
  const file = join(mountPoint(paths, 'fs1'), 'a');
  await writeFile(await inside(file), 'content');
  await markUnsettled(paths.work, (await JobNamespace.open(paths, 'replica')).identity);
  await suspendReplicas(relay);
  expect(await loopsBelow(relay.dir)).toEqual([]);
  await prepareReplica(relay, job, plan);
  expect(await readFile(await inside(file), 'utf8')).toBe('content');
  expect((await stat(await inside(file))).mtimeMs).not.toBe(1000);
});

test('reconcile detaches a loop device that nobody mounts, and forgets a namespace that ended', async () => {
  await prepareReplica(relay, job, plan);
  process.kill((await JobNamespace.open(paths, 'replica')).pid, 'SIGKILL');
  await execa('losetup', ['--find', '--offset', String(MIB), diskFile(paths, 'system')]);
  const deeds = await reconcile(relay);
  expect(deeds.join('\n')).toMatch(/forgot the replica namespace[^]*detached \/dev\/loop/);
  await expect.poll(async () => (await loopsBelow(relay.dir)).length, { timeout: 10_000 }).toBe(0);
});

test('a damaged filesystem is told by its mount point and disk', async () => {
  await prepareReplica(relay, job, plan);
  await writeFile(join(await inside(mountPoint(paths, 'fs0')), 'a'), 'content');
  await suspendReplicas(relay);
  const partition = plan.disks[0]?.partitions.find((one) => one.number === 4);
  const seek = (partition?.startBytes ?? 0) / MIB;
  await execa('dd', [
    'if=/dev/urandom',
    `of=${diskFile(paths, 'system')}`,
    'bs=4096',
    `seek=${seek * 256 + 1}`,
    'count=60',
    'conv=notrunc',
  ]);
  await expect(sealReplica(relay, job)).rejects.toMatchObject({
    code: 'E-VERIFY-FSCK',
    message: expect.stringContaining('/ on disk system') as string,
  });
});
