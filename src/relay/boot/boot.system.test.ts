import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageResult, JobRef } from '../../model/job.js';
import { isAlive } from '../processRecord.js';
import type { RelayContext } from '../types.js';
import { until } from '../until.js';
import { reconcileBoots, startBoot, stopBoot, stopBoots } from './boot.js';
import { bootFiles, readBootRecord, readQemuProcess } from './bootFolders.js';

/**
 * A boot sector that writes a line on the serial port and halts: enough of a guest to see QEMU, its user, its folder
 * and its end. That images boot to a login is shown by the end-to-end tests.
 */
function bootSector(line: string): Buffer {
  const sector = Buffer.alloc(512);
  const code = [
    0xbe, 0x00, 0x7d, 0xba, 0xf8, 0x03, 0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0xf4, 0xeb, 0xfd,
  ];
  Buffer.from(code).copy(sector);
  sector.write(line, 0x100, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const job: JobRef = { migration: 'm', server: 'web1', number: 1 };
let relay: RelayContext;
let images: ImageResult[];

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fleetlift-boot-'));
  relay = { name: 'local', dir, port: 8703, address: '127.0.0.1' };
  await guest('hello from the guest');
});

afterEach(async () => {
  await stopBoots(relay);
  expect((await execa('ps', ['-eo', 'args'])).stdout).not.toContain(relay.dir);
  await rm(relay.dir, { recursive: true, force: true });
});

async function guest(line: string): Promise<void> {
  const path = join(relay.dir, 'image.raw');
  await writeFile(path, bootSector(`${line}\r\n`));
  await truncate(path, 1024 * 1024);
  const sizes = { virtualBytes: 1024 * 1024, fileBytes: 1024 * 1024, sha256: '' };
  images = [{ disk: 'system', relay: 'local', path, format: 'raw', ...sizes }];
}

async function boots(): Promise<string[]> {
  return (await readdir(join(relay.dir, 'boots'))).filter((name) => name !== 'slots');
}

test('a guest without an answer: told with the end of its log, screenshot and log kept, all else gone', async () => {
  const before = await readFile(images[0]?.path ?? '');
  const started = startBoot(relay, job, { firmware: 'bios', images, deadlineMs: 6000 });
  await expect(started).rejects.toMatchObject({
    code: 'E-BOOT-TIMEOUT',
    message: expect.stringMatching(
      /web1 under bios did not boot: no SSH answer[^]*hello from the guest/,
    ) as string,
  });
  const result = await stopBoot(relay, job, 'bios', { booted: false });
  expect(result).toMatchObject({ firmware: 'bios', booted: false });
  expect(await readFile(result.log, 'utf8')).toContain('hello from the guest');
  expect((await readFile(result.screenshot)).subarray(1, 4).toString()).toBe('PNG');
  expect(await stopBoot(relay, job, 'bios', { booted: false })).toEqual(result);
  expect(await boots()).toEqual([]);
  expect(await readFile(images[0]?.path ?? '')).toEqual(before);
});

test('a panic on the serial line ends the wait at once', async () => {
  await guest('Kernel panic - not syncing: no init');
  const begin = Date.now();
  const started = startBoot(relay, job, { firmware: 'bios', images, deadlineMs: 120_000 });
  await expect(started).rejects.toMatchObject({
    code: 'E-BOOT-TIMEOUT',
    message: expect.stringContaining('panicked') as string,
  });
  expect(Date.now() - begin).toBeLessThan(30_000);
});

test('an image that is none is QEMU’s error', async () => {
  const broken = images.map((image) => ({ ...image, format: 'qcow2' }));
  await expect(startBoot(relay, job, { firmware: 'bios', images: broken })).rejects.toMatchObject({
    code: 'E-BOOT-QEMU',
    message: expect.stringContaining('Image is not in qcow2 format') as string,
  });
  expect(await boots()).toEqual([]);
});

test('QEMU runs as its own user, under a filter; an abort ends it', async () => {
  const abort = new AbortController();
  const started = startBoot(relay, job, { firmware: 'uefi', images }, { signal: abort.signal }).catch(
    (e: unknown) => e,
  );
  const files = bootFiles(relay, job, 'uefi');
  await until(() => Promise.resolve(existsSync(join(files.guest, 'serial.log'))), { deadlineMs: 20_000 });
  const qemu = await readQemuProcess(files);
  if (qemu === null) throw new Error('no QEMU');
  const port = (await readBootRecord(files))?.port ?? 0;
  await until(async () => /^Seccomp:\s+2$/m.test(await readFile(`/proc/${qemu.pid}/status`, 'utf8')), {
    deadlineMs: 10_000,
  });
  const status = await readFile(`/proc/${qemu.pid}/status`, 'utf8');
  expect(status).toMatch(new RegExp(`^Uid:(\\s+${2_000_000_000 + port}){4}$`, 'm'));
  expect(status).toMatch(/^CapEff:\s+0+$/m);
  expect(status).toMatch(/^Seccomp:\s+2$/m);
  expect((await stat(files.guest)).uid).toBe(2_000_000_000 + port);
  abort.abort(new Error('enough'));
  expect(await started).toMatchObject({ message: 'enough' });
  expect(await isAlive(qemu)).toBe(false);
});

test('a boot that a killed worker left is found, ended, and its evidence kept', async () => {
  const worker = startBoot(relay, job, { firmware: 'bios', images }).catch(() => undefined);
  const files = bootFiles(relay, job, 'bios');
  await until(async () => (await readQemuProcess(files)) !== null, { deadlineMs: 20_000 });
  await until(async () => ((await stat(join(files.guest, 'serial.log')).catch(() => null))?.size ?? 0) > 0, {
    deadlineMs: 20_000,
  });
  expect(await reconcileBoots(relay)).toEqual([]);
  const record = await readBootRecord(files);
  await writeFile(files.record, JSON.stringify({ ...record, owner: { pid: process.pid, startTicks: '1' } }));
  const qemu = await readQemuProcess(files);
  expect(await reconcileBoots(relay)).toEqual([
    'ended the boot of job/m/web1/1 under bios, which a dead worker left',
  ]);
  expect(qemu !== null && (await isAlive(qemu))).toBe(false);
  await worker;
  expect((await stopBoot(relay, job, 'bios', { booted: false })).log).not.toBe('');
});

test('ended by several at once, a boot keeps its evidence', async () => {
  const worker = startBoot(relay, job, { firmware: 'bios', images }).catch(() => undefined);
  const files = bootFiles(relay, job, 'bios');
  await until(async () => ((await stat(join(files.guest, 'serial.log')).catch(() => null))?.size ?? 0) > 0, {
    deadlineMs: 20_000,
  });
  const stops = Array.from({ length: 4 }, () => stopBoot(relay, job, 'bios', { booted: false }));
  for (const { log } of await Promise.all(stops)) expect(log).not.toBe('');
  await worker;
  expect((await stopBoot(relay, job, 'bios', { booted: false })).log).not.toBe('');
});

test('without a free slot a boot waits and says so; a slot is free once its holder is dead', async () => {
  const slots = join(relay.dir, 'boots/slots');
  await mkdir(slots, { recursive: true });
  const all = Array.from({ length: availableParallelism() }, (_, index) => join(slots, String(index)));
  const words = [...all.flatMap((slot) => ['flock', '--no-fork', slot]), 'sleep', '600'];
  const holder = execa('env', words, { reject: false });
  const isHeld = async (slot: string): Promise<boolean> =>
    (await execa('flock', ['-n', slot, 'true'], { reject: false })).exitCode !== 0;
  await until(async () => (await Promise.all(all.map(isHeld))).every(Boolean), { deadlineMs: 5000 });
  const said: string[] = [];
  const onProgress = (detail: string): unknown => said.push(detail);
  const request = { firmware: 'bios' as const, images, deadlineMs: 3000 };
  const settled = startBoot(relay, job, request, { onProgress }).catch((error: unknown) => error);
  const waiting = 'boot bios: waiting for a boot slot';
  expect(await until(() => Promise.resolve(said.includes(waiting)), { deadlineMs: 20_000 })).toBe(true);
  holder.kill('SIGKILL');
  await holder;
  expect(await settled).toMatchObject({ code: 'E-BOOT-TIMEOUT' });
});
