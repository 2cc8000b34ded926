import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FilesystemPartition, PlannedDisk, ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { diskFile, jobPaths, type JobPaths } from '../paths.js';
import type { RelayContext } from '../types.js';
import { buildImage } from './buildImage.js';
import { imageNameTaken } from './imageName.js';
import { imageRequest } from './testing/temporaryTree.js';
import type { ImageRequest } from './types.js';

const MIB = 1024 * 1024;
const job = { migration: 'm', server: 'web1', number: 1 };
let relay: RelayContext;
let paths: JobPaths;
let plan: ReplicaPlan;

const SWAP = { path: '/home/swap', sizeBytes: MIB, uuid: '99999999-2222-4333-8444-555555555555', label: '' };
const KERNEL = '6.1.0-50-amd64';

/** ext4 root with a btrfs subvolume as /home, a separate /boot, and a data disk with xfs. */
function layout(): PlannedDisk[] {
  const uuid = (digit: number): string => `${String(digit).repeat(8)}-2222-4333-8444-555555555555`;
  const filesystem = (
    number: number,
    start: number,
    size: number,
    rest: Pick<FilesystemPartition, 'type' | 'mountpoint' | 'mountRoot'>,
  ): FilesystemPartition => ({
    ...{ role: 'filesystem', number, startBytes: start * MIB, sizeBytes: size * MIB, label: '' },
    ...{ filesystem: `fs${number}`, uuid: uuid(number), features: { family: 'other' }, ...rest },
  });
  return [
    {
      disk: 'system',
      sizeBytes: 500 * MIB,
      partitions: [
        { role: 'bios-boot', number: 1, startBytes: MIB, sizeBytes: MIB },
        {
          role: 'esp',
          number: 2,
          startBytes: 2 * MIB,
          sizeBytes: 64 * MIB,
          mountpoint: null,
          uuid: 'ABCD-1234',
        },
        filesystem(3, 70, 60, { type: 'ext4', mountpoint: '/boot', mountRoot: '/' }),
        filesystem(4, 140, 100, { type: 'ext4', mountpoint: '/', mountRoot: '/' }),
        filesystem(5, 250, 200, { type: 'btrfs', mountpoint: '/home', mountRoot: '/@home' }),
      ],
    },
    {
      disk: 'disk1',
      sizeBytes: 400 * MIB,
      partitions: [filesystem(6, 1, 320, { type: 'xfs', mountpoint: '/srv/data', mountRoot: '/' })],
    },
  ];
}

const CONTENT = `
mkdir -p "$fs4/etc/network" "$fs4/sbin" "$fs4/boot" "$fs5/@home/u" "$fs4/srv/data" "$fs4/home"
mkdir -p "$fs4/dev" "$fs4/proc" "$fs4/sys" "$fs4/tmp"
echo kernel >"$fs3/vmlinuz-${KERNEL}"; echo initrd >"$fs3/initrd.img-${KERNEL}"
echo "/dev/sda1 / ext4 defaults 0 1" >"$fs4/etc/fstab.real"; ln -s /etc/fstab.real "$fs4/etc/fstab"
echo "hidden" >"$fs4/boot/below-the-mount"; touch "$fs4/sbin/ifup" "$fs4/sbin/dhclient"
printf 'auto eth0\\niface eth0 inet static\\n' >"$fs4/etc/network/interfaces"
ln -s "$outside" "$fs4/etc/cloud"; echo data >"$fs6/file"; touch "$fs5/@home/u/$(printf '\\377')"
`;

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fleetlift-image-'));
  relay = { name: 'local', dir, port: 8703, address: '127.0.0.1' };
  paths = jobPaths(relay, job);
  plan = { ...imageRequest().plan, disks: layout(), swapFiles: [SWAP], fstab: [] };
  await mkdir(join(dir, 'outside'));
  await makeReplica();
});

afterEach(async () => {
  expect(await loopsBelow(relay.dir)).toEqual([]);
  expect(await JobNamespace.find(paths, 'image')).toBeNull();
  expect(await readdir(join(relay.dir, 'outside'))).toEqual([]);
  await rm(relay.dir, { recursive: true, force: true });
});

async function makeReplica(): Promise<void> {
  await mkdir(paths.disks, { recursive: true });
  const namespace = await JobNamespace.open(paths, 'maker');
  try {
    const words: string[] = [`outside=${join(relay.dir, 'outside')}`];
    for (const disk of plan.disks) {
      const file = diskFile(paths, disk.disk);
      await writeFile(file, '');
      await truncate(file, disk.sizeBytes);
      for (const partition of disk.partitions) {
        if (partition.role !== 'filesystem') continue;
        await makeFilesystem(file, partition);
        const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
        const loop = await namespace.attach(file, range);
        const target = join(paths.mnt, partition.filesystem);
        await namespace.mount(loop.path, target, { type: partition.type });
        await loop.release();
        if (partition.type === 'btrfs')
          await namespace.run('btrfs', ['subvolume', 'create', `${target}/@home`]);
        words.push(`${partition.filesystem}=${target}`);
      }
    }
    await namespace.run('sh', ['-euc', `${words.join('\n')}\n${CONTENT}`]);
    for (const target of (await namespace.mountedAt()).keys()) {
      if (target.startsWith(paths.mnt)) await namespace.unmount(target);
    }
  } finally {
    await namespace.close();
  }
}

/** Made in a file of its own: mkfs.btrfs looks at every device of the machine for its UUID. */
async function makeFilesystem(disk: string, partition: FilesystemPartition): Promise<void> {
  const file = join(relay.dir, 'partition');
  await writeFile(file, '');
  await truncate(file, partition.sizeBytes);
  const own = partition.type === 'xfs' ? ['-m', `uuid=${partition.uuid}`] : ['-U', partition.uuid];
  await execa(`mkfs.${partition.type}`, ['-q', ...(partition.type === 'btrfs' ? [] : own), file]);
  const at = [`seek=${partition.startBytes / MIB}`, 'bs=1M', 'conv=notrunc,sparse'];
  await execa('dd', [`if=${file}`, `of=${disk}`, ...at]);
  await rm(file);
}

function request(format: ImageRequest['server']['image']['format'] = 'qcow2'): ImageRequest {
  const base = imageRequest();
  return { ...base, plan, server: { ...base.server, image: { format, name: null, disks: {} } } };
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

test('images of both disks, with the changes each by a rule, from a replica that is only read', async () => {
  const before = await sha256(diskFile(paths, 'system'));
  const said: string[] = [];
  const built = await buildImage(relay, job, request(), { onProgress: (detail) => said.push(detail) });
  expect(await sha256(diskFile(paths, 'system'))).toBe(before);
  expect(built.images.map(({ disk, path, virtualBytes }) => [disk, path, virtualBytes])).toEqual([
    ['system', join(paths.images, 'web1.qcow2'), 500 * MIB],
    ['disk1', join(paths.images, 'web1-disk1.qcow2'), 400 * MIB],
  ]);
  for (const image of built.images) expect(await sha256(image.path)).toBe(image.sha256);
  expect(built.changes.filter((change) => change.reason === '')).toEqual([]);
  expect(built.changes.map((change) => `${change.change} ${change.path}`).sort()).toEqual([
    'added /boot/grub',
    'added /boot/grub/grub.cfg',
    ...[
      '',
      '/saved',
      '/saved/etc',
      '/saved/etc/fstab',
      '/saved/etc/network',
      '/saved/etc/network/interfaces',
    ].map((rest) => `added /etc/fleetlift${rest}`),
    'added /home/swap',
    'added /run',
    'changed /etc/fstab.real',
    'changed /etc/network/interfaces',
  ]);
  expect(said).toContain('converting disk1');
  const lists = await readdir(join(paths.evidence, 'files'));
  expect(lists.sort()).toEqual(['fs3.sha256', 'fs4.sha256', 'fs5.sha256', 'fs6.sha256']);
  // The replica's own, before the image step wrote into its copy.
  const root = await readFile(join(paths.evidence, 'files/fs4.sha256'), 'utf8');
  expect(root).toMatch(/^[0-9a-f]{64} {2}\.\/etc\/fstab\.real$/m);
  expect(root).not.toContain('./etc/fleetlift');
  expect(await readdir(paths.work)).not.toContain('image');

  const [image] = built.images;
  await rm(image?.path ?? '');
  expect(await buildImage(relay, job, request())).toEqual(built);
  expect(await imageNameTaken(relay, 'web1', 'qcow2')).toBe(false);
});

test.each(['vpc', 'vmdk'] as const)('%s holds the same disk, with both boot loaders', async (format) => {
  const { images } = await buildImage(relay, job, request(format));
  const [image] = images;
  const raw = join(relay.dir, 'back.raw');
  await execa('qemu-img', ['convert', '-f', format, '-O', 'raw', image?.path ?? '', raw]);
  const bytes = await readFile(raw);
  expect(bytes.length).toBe(500 * MIB);
  expect(Number(bytes.readBigUInt64LE(0x5c))).toBe(2048);
  expect(Number(bytes.readBigUInt64LE(MIB + 500))).toBe(2049);
  const { stdout } = await execa('mdir', ['-b', '-i', `${raw}@@${2 * MIB}`, '::/EFI/BOOT']);
  expect(stdout).toContain('BOOTX64.EFI');
  expect((await execa('fsck.ext4', ['-nf', `${raw}?offset=${140 * MIB}`])).exitCode).toBe(0);
});

test('a delta later the images are made anew; a name is taken by another server only', async () => {
  const first = await buildImage(relay, job, request());
  await truncate(diskFile(paths, 'disk1'), 400 * MIB);
  const second = await buildImage(relay, job, request());
  expect(second.images.map((image) => image.path)).toEqual(first.images.map((image) => image.path));
  expect(await imageNameTaken(relay, 'web1', 'qcow2')).toBe(true);
  expect(await imageNameTaken(relay, 'web1', 'qcow2', { ...job, number: 2 })).toBe(false);
  expect(await imageNameTaken(relay, 'web1', 'raw')).toBe(false);
});

test('an abort leaves neither copy nor image, and the next call makes them', async () => {
  const abort = new AbortController();
  const aborted = buildImage(relay, job, request(), {
    signal: abort.signal,
    onProgress: (detail) => {
      if (detail === 'converting disk1') abort.abort(new Error('enough'));
    },
  });
  await expect(aborted).rejects.toThrow('enough');
  expect(await readdir(paths.work)).not.toContain('image');
  expect((await buildImage(relay, job, request())).images).toHaveLength(2);
});

test('a tree without its kernel is refused, and everything is unmounted', async () => {
  plan = { ...plan, boot: { ...plan.boot, kernel: '/boot/vmlinuz-other' } };
  await expect(buildImage(relay, job, request())).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
});
