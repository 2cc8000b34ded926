import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobPaths, type JobPaths } from '../paths.js';
import { until } from '../until.js';
import { JobNamespace } from './JobNamespace.js';
import { loopsBelow } from './loopDevices.js';

const MIB = 1024 * 1024;
let dir: string;
let paths: JobPaths;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fleetlift-namespace-'));
  paths = jobPaths(
    { name: 'local', dir, port: 8703, address: '127.0.0.1' },
    { migration: 'm', server: 's', number: 1 },
  );
  await mkdir(paths.disks, { recursive: true });
  file = join(paths.disks, 'system.raw');
  await writeFile(file, '');
  await truncate(file, 100 * MIB);
});

afterEach(async () => {
  await (await JobNamespace.find(paths, 'replica'))?.close();
  expect(await loopsBelow(dir)).toEqual([]);
  await rm(dir, { recursive: true, force: true });
});

async function mounted(): Promise<JobNamespace> {
  const namespace = await JobNamespace.open(paths, 'replica');
  const loop = await namespace.attach(file, { offsetBytes: 2 * MIB, sizeBytes: 64 * MIB });
  await namespace.run('mkfs.ext4', ['-q', loop.path]);
  await namespace.mount(loop.path, join(paths.mnt, 'fs0'), { type: 'ext4' });
  await loop.release();
  return namespace;
}

test('what is mounted inside is reached through hostPath, and only there', async () => {
  const namespace = await mounted();
  const inside = join(paths.mnt, 'fs0', 'hello');
  await writeFile(namespace.hostPath(inside), 'x');
  expect(existsSync(inside)).toBe(false);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(paths.mnt);
  expect((await loopsBelow(dir)).map((loop) => loop.offsetBytes)).toEqual([2 * MIB]);
  await namespace.close();
  expect(await loopsBelow(dir)).toEqual([]);
  await namespace.close();
});

test('a second open adopts the living namespace, with what is mounted in it', async () => {
  const first = await mounted();
  const second = await JobNamespace.open(paths, 'replica');
  expect(second.pid).toBe(first.pid);
  expect((await second.mountedAt()).has(join(paths.mnt, 'fs0'))).toBe(true);
});

test('two opens at once end with one namespace', async () => {
  const opened = await Promise.all([
    JobNamespace.open(paths, 'replica'),
    JobNamespace.open(paths, 'replica'),
    JobNamespace.open(paths, 'replica'),
  ]);
  expect(new Set(opened.map((one) => one.pid)).size).toBe(1);
});

test('kill -9 of the holder ends every process inside and frees mounts and loop devices', async () => {
  const namespace = await mounted();
  const running = namespace.run('sleep', ['1000']).catch((error: unknown) => error);
  await until(async () => (await processesOf(namespace)) >= 3, { deadlineMs: 5000 });
  process.kill(namespace.pid, 'SIGKILL');
  expect(await running).toMatchObject({ code: 'E-RELAY-DISK' });
  expect(await until(async () => (await loopsBelow(dir)).length === 0, { deadlineMs: 20_000 })).toBe(true);
  const next = await JobNamespace.open(paths, 'replica');
  expect(next.pid).not.toBe(namespace.pid);
  expect((await next.mountedAt()).has(join(paths.mnt, 'fs0'))).toBe(false);
});

test('a namespace opened right after the last one was killed mounts only what that has let go of', async () => {
  for (let round = 0; round < 5; round += 1) {
    const namespace = await mounted();
    process.kill(namespace.pid, 'SIGKILL');
    const next = await mounted();
    expect(next.pid).not.toBe(namespace.pid);
    expect(await loopsBelow(dir)).toHaveLength(1);
    await next.close();
  }
});

test('a device that a crash left in the middle of an attach is freed by the next one', async () => {
  await execa('losetup', ['--find', '--offset', String(2 * MIB), '--sizelimit', String(64 * MIB), file]);
  const namespace = await mounted();
  expect(await loopsBelow(dir)).toHaveLength(1);
  await namespace.close();
});

test('an aborted run kills the tool inside', async () => {
  const namespace = await JobNamespace.open(paths, 'replica');
  const before = await processesOf(namespace);
  const abort = new AbortController();
  const running = namespace.run('sleep', ['1000'], { signal: abort.signal }).catch((error: unknown) => error);
  await until(async () => (await processesOf(namespace)) > before, { deadlineMs: 5000 });
  abort.abort(new Error('stop it'));
  expect(await running).toMatchObject({ message: 'stop it' });
  expect(await until(async () => (await processesOf(namespace)) === before, { deadlineMs: 5000 })).toBe(true);
});

test('a tool that fails names command, disk and what it said; one that is missing names itself', async () => {
  const namespace = await JobNamespace.open(paths, 'replica');
  await expect(namespace.run('ls', ['/nowhere'], { about: 'disk system' })).rejects.toMatchObject({
    code: 'E-RELAY-DISK',
    message: expect.stringMatching(/ls \/nowhere \(disk system\) ended with 2: .*No such file/) as string,
  });
  await expect(namespace.run('no-such-tool', [])).rejects.toMatchObject({
    code: 'E-RELAY-TOOL',
    message: 'no-such-tool is not installed on the relay',
  });
});

test('many devices attached at once do not get in each other’s way', async () => {
  const namespace = await JobNamespace.open(paths, 'replica');
  const loops = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      namespace.attach(file, { offsetBytes: (index + 1) * MIB, sizeBytes: MIB }),
    ),
  );
  expect(new Set(loops.map((loop) => loop.path)).size).toBe(12);
  await Promise.all(loops.map((loop) => loop.release()));
  expect(await until(async () => (await loopsBelow(dir)).length === 0, { deadlineMs: 10_000 })).toBe(true);
});

async function processesOf(namespace: JobNamespace): Promise<number> {
  const { stdout } = await execa('readlink', [`/proc/${namespace.pid}/ns/mnt`]);
  const all = await execa('sh', ['-c', 'readlink /proc/[0-9]*/ns/mnt || :'], { stderr: 'ignore' });
  return all.stdout.split('\n').filter((line) => line === stdout).length;
}
