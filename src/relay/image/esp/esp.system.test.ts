import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SourceFacts } from '../../../model/facts.js';
import type { EspPartition, ReplicaPlan } from '../../../model/plan.js';
import { loopsBelow } from '../../namespace/loopDevices.js';
import { diskFile, jobPaths } from '../../paths.js';
import { openReceiver, stopReceiver } from '../../receiver/receiver.js';
import { deleteJob, prepareReplica, sealReplica, settlePass } from '../../replica/replica.js';
import { buildWrapper } from '../../testing/buildWrapper.js';
import { EXT4, MIB, planOf } from '../../testing/plans.js';
import { freePort, makeSource, type TestSource } from '../../testing/source.js';
import type { RelayContext } from '../../types.js';
import { composeEsp } from './composeEsp.js';
import { filesBelow } from './fileHashes.js';
import { fillEsp } from './fillEsp.js';
import { takeEspFiles } from './takeEspFiles.js';
import { program } from './testing.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fleetlift-esp-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function lay(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

describe('the ESP of an image', () => {
  const STUB = 'configfile $prefix/grub.cfg\n';
  const debian = {
    'EFI/BOOT/BOOTX64.EFI': program('old fallback', true),
    'EFI/BOOT/fbx64.efi': program('fallback', true),
    'EFI/debian/shimx64.efi': program('shim', true),
    'EFI/debian/grubx64.efi': program('grub', true),
    'EFI/debian/mmx64.efi': program('mok', true),
    'EFI/debian/grub.cfg': 'search.fs_uuid 1 root hd0,gpt2\n',
    'EFI/debian/fw/fwupd capsule.cap': 'firmware',
  };
  const esp: EspPartition = {
    role: 'esp',
    number: 2,
    startBytes: 4 * MIB,
    sizeBytes: 64 * MIB,
    mountpoint: '/boot/efi',
    uuid: 'AB12-34CD',
  };
  let disk: string;
  let folder: string;

  beforeEach(async () => {
    const own = join(base, randomUUID());
    [disk, folder] = [join(own, 'system.raw'), join(own, 'esp')];
    await lay(folder, {});
    await writeFile(disk, '');
    await truncate(disk, 80 * MIB);
    await writeFile(join(own, 'core'), 'our own GRUB');
  });

  /** Composes and fills it; answers the files as mtools lists them. */
  async function filled(firmware: 'bios' | 'uefi'): Promise<{ files: string[]; reason: string }> {
    const facts = { boot: { firmware }, os: { id: 'debian', idLike: [] } } as unknown as SourceFacts;
    const ownBinary = join(dirname(folder), 'core');
    const reason = await composeEsp(folder, { facts, ownBinary, stub: STUB });
    const held = await fillEsp(disk, esp, folder, {});
    const { stdout } = await execa('mdir', ['-/', '-b', '-a', '-i', `${disk}@@${esp.startBytes}`, '::/']);
    const files = stdout.split('\n').filter((line) => line !== '' && !line.endsWith('/'));
    expect(files).toHaveLength(held.size);
    return { files: files.map((line) => line.replace(/^::\//, '')).sort(), reason };
  }

  async function read(path: string): Promise<Buffer> {
    const words = ['-i', `${disk}@@${esp.startBytes}`, `::/${path}`];
    return Buffer.from(
      (await execa('mtype', words, { encoding: 'buffer', stripFinalNewline: false })).stdout,
    );
  }

  test('starts the distribution’s signed shim and GRUB, which find our settings, and keeps all other files', async () => {
    await lay(folder, debian);
    const { files, reason } = await filled('uefi');
    expect(files).toEqual([
      ...['EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/grub.cfg', 'EFI/BOOT/grubx64.efi', 'EFI/BOOT/mmx64.efi'],
      ...['EFI/debian/fw/fwupd capsule.cap', 'EFI/debian/grub.cfg', 'EFI/debian/grubx64.efi'],
      ...['EFI/debian/mmx64.efi', 'EFI/debian/shimx64.efi'],
    ]);
    expect(await read('EFI/BOOT/BOOTX64.EFI')).toEqual(debian['EFI/debian/shimx64.efi']);
    expect(await read('EFI/BOOT/grubx64.efi')).toEqual(debian['EFI/debian/grubx64.efi']);
    for (const settings of ['EFI/debian/grub.cfg', 'EFI/BOOT/grub.cfg']) {
      expect((await read(settings)).toString()).toBe(STUB);
    }
    expect(reason).toContain('signed shim and GRUB of EFI/debian');
    // Firmware and kernels look at the same partition: nothing to repair, the serial number that fstab names.
    const own = join(dirname(disk), 'esp.img');
    await execa('dd', [`if=${disk}`, `of=${own}`, 'bs=1M', 'skip=4', 'count=64', 'status=none']);
    expect((await execa('fsck.vfat', ['-n', own])).exitCode).toBe(0);
    expect((await execa('blkid', ['-p', '-o', 'export', own])).stdout).toContain('UUID=AB12-34CD');
  });

  test.each([
    ['GRUB is not signed', 'uefi', { 'EFI/debian/grubx64.efi': program('grub', false) }],
    ['the server boots by BIOS', 'bios', {}],
    ['there is no shim', 'uefi', { 'EFI/debian/shimx64.efi': 'no program' }],
  ] as const)('starts our own GRUB where %s', async (_, firmware, changes) => {
    await lay(folder, { ...debian, ...changes });
    const { files } = await filled(firmware);
    expect((await read('EFI/BOOT/BOOTX64.EFI')).toString()).toBe('our own GRUB');
    expect(files).toContain('EFI/debian/shimx64.efi');
    expect((await read('EFI/debian/grub.cfg')).toString()).toContain('search.fs_uuid 1');
  });

  test('of a server without one holds our own GRUB and nothing else', async () => {
    expect((await filled('bios')).files).toEqual(['EFI/BOOT/BOOTX64.EFI']);
  });

  test('takes names as the source has them, in whatever case', async () => {
    await lay(folder, { 'EFI/Boot/bootx64.efi': 'windows', 'EFI/Microsoft/Boot/bootmgfw.efi': 'windows' });
    expect((await filled('uefi')).files.map((path) => path.toLowerCase())).toEqual([
      'efi/boot/bootx64.efi',
      'efi/microsoft/boot/bootmgfw.efi',
    ]);
    expect((await read('EFI/Boot/bootx64.efi')).toString()).toBe('our own GRUB');
  });

  test('is refused where a file lies in the place of a folder, or where not all of it has room', async () => {
    await lay(folder, { efi: 'no folder' });
    await expect(filled('uefi')).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
    await rm(join(folder, 'efi'));
    await lay(folder, { 'EFI/large': Buffer.alloc(70 * MIB, 1) });
    await expect(filled('uefi')).rejects.toMatchObject({
      code: expect.stringMatching(/^E-(RELAY-DISK|IMAGE-BOOTLOADER)$/) as string,
    });
  });
});

/** The files travel from a source to the image step, over the receiver and the disk that the relay makes for them. */
describe('the files of a source’s ESP', () => {
  const job = { migration: 'm', server: 's', number: 1 };
  let sender: TestSource;
  let relay: RelayContext;
  let plan: ReplicaPlan;
  let sent: string;
  let taken: string;

  beforeAll(async () => {
    await buildWrapper();
    sender = await makeSource(join(base, 'keys'));
  });
  beforeEach(async () => {
    [sent, taken] = [join(base, randomUUID()), join(base, randomUUID())];
    await mkdir(sent);
    const dir = await mkdtemp(join(base, 'relay-'));
    relay = { name: 'local', dir, port: await freePort(), address: '127.0.0.1' };
    const root = { id: 'fs0', type: 'ext4', mountpoint: '/', sizeBytes: 64 * MIB };
    const planned = planOf([{ ...root, features: { ...EXT4, inodeCount: 1024 }, uuid: randomUUID() }]);
    plan = { ...planned, espFileBytes: MIB };
  });
  afterEach(async () => {
    await deleteJob(relay, job);
    await stopReceiver(relay);
    expect(await loopsBelow(relay.dir)).toEqual([]);
  });

  async function travel(): Promise<string[]> {
    await prepareReplica(relay, job, plan);
    const endpoint = await openReceiver(relay, job, sender.publicKey);
    const pass = await sender.push(endpoint, sent, ['--delete', '--exclude=/lost+found', '--sparse'], 'esp');
    expect(pass).toMatchObject({ exitCode: 0 });
    await settlePass(relay, job);
    await sealReplica(relay, job);
    const paths = jobPaths(relay, job);
    const fileOf = (disk: string): string => diskFile(paths, disk);
    await takeEspFiles({ paths, plan, facts: { filesystems: [] } as unknown as SourceFacts, fileOf }, taken);
    return filesBelow(taken);
  }

  test('arrive as they are', async () => {
    const content = Buffer.alloc(3 * MIB, 'shim ');
    await lay(sent, { 'EFI/debian/shimx64.efi': content, 'EFI/debian/a b.cfg': 'x', 'startup.nsh': '' });
    expect(await travel()).toEqual(['EFI/debian/a b.cfg', 'EFI/debian/shimx64.efi', 'startup.nsh']);
    expect((await readFile(join(taken, 'EFI/debian/shimx64.efi'))).equals(content)).toBe(true);
  });

  test('are files and folders only, with names that FAT has, each once', async () => {
    const others = { 'EFI/a:b': '', 'EFI/naïve': '', 'EFI/dot.': '' };
    await lay(sent, { 'EFI/BOOT/x.efi': '1', 'EFI/boot/x.efi': '2', ...others });
    await symlink('/etc', join(sent, 'EFI/etc'));
    await symlink('/etc/passwd', join(sent, 'EFI/passwd'));
    await execa('mkfifo', [join(sent, 'EFI/fifo')]);
    expect(await travel()).toEqual(['EFI/BOOT/x.efi']);
    expect(await readFile(join(taken, 'EFI/BOOT/x.efi'), 'utf8')).toBe('1');
  });

  test('are refused where they would take more room than an ESP has', async () => {
    await lay(sent, { 'EFI/hole': 'x' });
    await truncate(join(sent, 'EFI/hole'), 2 ** 30);
    await expect(travel()).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
  });

  test('stay behind where the plan does not take them along', async () => {
    const { espFileBytes: _none, ...without } = plan;
    const facts = { filesystems: [] } as unknown as SourceFacts;
    await takeEspFiles({ paths: jobPaths(relay, job), plan: without, facts, fileOf: String }, taken);
    expect(await filesBelow(taken)).toEqual([]);
  });
});
