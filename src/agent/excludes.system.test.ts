import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadMethod } from '../model/transfer.js';
import { startBench, type Bench } from './testing/bench.js';

/**
 * The agent's folder lies on a filesystem that is sent: a disk of the test's own mounted at /var/lib, with a swap file
 * of its fstab, all seen in a mount namespace of the test's own.
 */
const LAYOUTS: readonly {
  name: string;
  size: string;
  make: string;
  mount: string;
  inside: string;
  read: (device: string) => ReadMethod;
}[] = [
  {
    name: 'ext4, read through its mount',
    size: '64M',
    make: 'mkfs.ext4 -q $device && mount $device $top',
    mount: 'mount $device /var/lib',
    inside: '.',
    read: () => ({ kind: 'bind', mountpoint: '/var/lib' }),
  },
  {
    name: 'a btrfs subvolume with another below it, read from the top',
    size: '160M',
    make: 'mkfs.btrfs -q $device && mount $device $top && btrfs -q subvolume create $top/@lib && btrfs -q subvolume create $top/@lib/nested && echo deep >$top/@lib/nested/file',
    mount: 'mount -o subvol=@lib $device /var/lib',
    inside: '@lib',
    read: (device) => ({ kind: 'device', device, type: 'btrfs' }),
  },
];

describe.each(LAYOUTS)('$name', (layout) => {
  let folder: string;
  let device: string;
  let keeper: ChildProcess;
  let bench: Bench;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetlift-disk-'));
    await execa('truncate', ['-s', layout.size, join(folder, 'disk')]);
    device = (await execa('losetup', ['-f', '--show', join(folder, 'disk')])).stdout;
    const prepare = [
      `device=${device} top=${folder}/top`,
      'mkdir $top',
      layout.make,
      `base=$top/${layout.inside}`,
      'mkdir -p $base/opt/lib/fleetlift $base/fleetlift',
      'echo kept >$base/opt/lib/fleetlift/file',
      'echo 1234 >"$base/swap file" && echo 1234 >"$base/swap[1]" && echo kept >$base/swap1',
      'umount $top',
      layout.mount,
      `printf '/var/lib/swap\\\\040file none swap sw 0 0\\n/var/lib/swap[1] none swap sw 0 0\\n' >${folder}/fstab`,
      `mount --bind ${folder}/fstab /etc/fstab`,
      'echo ready',
      'exec sleep infinity',
    ].join('\n');
    keeper = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', prepare], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(keeper.stdout ?? keeper, 'data');
    bench = await startBench('dash', ['nsenter', '-t', String(keeper.pid), '-m']);
  });

  afterEach(async () => {
    await bench.dispose();
    const ended = once(keeper, 'exit');
    keeper.kill('SIGKILL');
    await ended;
    await execa('losetup', ['-d', device]);
    await rm(folder, { recursive: true });
  });

  it('arrives whole but for the agents’ own folder, the swap files and what the operator left out', async () => {
    const spec = bench.pass(1, 'sync');
    const excludes = [`/${join(layout.inside, 'opt/left-out/')}`];
    await bench.session.exec('mkdir -p /var/lib/opt/left-out');
    const status = await bench.run({
      ...spec,
      filesystems: [{ id: 'fs0', read: layout.read(device), excludes }],
    });
    expect(status).toMatchObject({ state: 'done', errorTail: '' });
    const arrived = (await readdir(join(bench.replica, layout.inside))).filter(
      (name) => name !== 'lost+found',
    );
    const nested = layout.inside === '.' ? [] : ['nested'];
    expect(arrived.sort()).toEqual([...nested, 'opt', 'swap1'].sort());
    expect(await readdir(join(bench.replica, layout.inside, 'opt'))).toEqual(['lib']);
    expect(await readdir(join(bench.replica, layout.inside, 'opt/lib/fleetlift'))).toEqual(['file']);
    if (nested.length > 0) expect((await stat(join(bench.replica, '@lib/nested/file'))).size).toBe(5);
  });
});
