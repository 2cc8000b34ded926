import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedSnapshot } from '../model/plan.js';
import type { PassSpec } from '../model/transfer.js';
import { eventually } from '../ssh/testing/sshd.js';
import { startBench, type Bench } from './testing/bench.js';
import type { Shell } from './testing/localSession.js';

/** The agent looks every ten seconds whether they are due. */
const TIMER_MS = 40_000;

/**
 * A btrfs of the test's own, seen in a mount namespace of its own: mounted is one subvolume, with another in it, and a
 * frozen one and files beside it.
 */
const MAKE = `
mkfs.btrfs -q $device
mkdir $folder/top $folder/data
mount $device $folder/top
cd $folder/top
echo top >at-the-top
btrfs -q subvolume create @data
btrfs -q subvolume create @data/nested
btrfs -q subvolume create '@data/nested/a b'
btrfs -q subvolume create other
mkdir .fleetlift-notes
btrfs -q subvolume create .fleetlift-99
echo before >@data/file
echo kept >@data/nested/removed
echo deep >'@data/nested/a b/file'
echo frozen >other/file
btrfs -q property set -t subvol other ro true
touch -m -d '2001-02-03 04:05:06.789' .
cd /
umount $folder/top
mount -o subvol=@data $device $folder/data
`;

let folder: string;
let device: string;
let keeper: ChildProcess;
let bench: Bench;

async function open(shell: Shell): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-snapshots-'));
  await execa('truncate', ['-s', '400M', join(folder, 'disk')]);
  device = (await execa('losetup', ['-f', '--show', join(folder, 'disk')])).stdout;
  const prepare = `device=${device} folder=${folder}\n${MAKE}\necho ready\nexec sleep infinity`;
  keeper = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', prepare], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(keeper.stdout ?? keeper, 'data');
  const tools = join(folder, 'tools');
  await mkdir(tools);
  const path = `PATH=${tools}:${process.env['PATH'] ?? ''}`;
  bench = await startBench(shell, ['nsenter', '-t', String(keeper.pid), '-m', 'env', path]);
}

/**
 * Has somebody on the server act while the agent is at work.
 * @param first - once, right before its first snapshot is taken
 * @param second - once, when all of them have been taken
 */
async function meanwhile(first: string, second = ':'): Promise<void> {
  const script = `#!/bin/sh
case "$1 $2" in
'subvolume snapshot') [ -e ${folder}/first ] || { : >${folder}/first; (cd ${folder}/data && ${first}) >&2; } ;;
'subvolume list') [ ! -e ${folder}/first ] || [ -e ${folder}/second ] || { : >${folder}/second; (cd ${folder}/data && ${second}) >&2; } ;;
esac
exec /usr/bin/btrfs "$@"
`;
  await writeFile(join(folder, 'tools', 'btrfs'), script, { mode: 0o755 });
}

async function close(): Promise<void> {
  await bench.dispose();
  const ended = once(keeper, 'exit');
  keeper.kill('SIGKILL');
  await ended;
  await execa('losetup', ['-d', device]);
  await rm(folder, { recursive: true });
}

const planned = (): PlannedSnapshot[] => [
  { filesystem: 'fs0', kind: 'btrfs', mountpoint: join(folder, 'data'), device },
];
/** Does something on the server. */
const onServer = async (script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await bench.session.exec(`cd ${folder}/data && { ${script}; }`);
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout.toString('utf8').trim();
};
/** What is at the top of the btrfs, with its time stamp and its subvolumes. */
const topLevel = (): Promise<string> =>
  onServer(
    [
      `mkdir ${folder}/look && mount -o subvolid=5 ${device} ${folder}/look && cd ${folder}/look`,
      'ls -A && stat -c %y . && { btrfs subvolume list -r . && btrfs subvolume list .; } | sed "s/.* path //"',
      `cd / && umount ${folder}/look && rmdir ${folder}/look`,
    ].join(' && '),
  );
const pass = (number: number, kind: PassSpec['kind']): PassSpec =>
  bench.pass(number, kind, { filesystems: [{ id: 'fs0', read: { kind: 'snapshot' }, excludes: [] }] });
const until = async (test: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + TIMER_MS;
  while (!(await test())) {
    if (Date.now() > deadline) throw new Error('in vain waited for the timer');
    await wait(200);
  }
};
/** Whether the timer has removed them all; asking the agent would give them more time. */
const areGone = (): Promise<boolean> =>
  access(join(bench.folder, 'snapshot/gone')).then(
    () => true,
    () => false,
  );

describe.each(['dash', 'busybox', 'bash'] as const)('snapshots under %s', (shell) => {
  beforeEach(() => open(shell));
  afterEach(close);

  it('arrive as everything was at their moment, are compared with themselves, and leave nothing', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 600);
    await onServer(
      'echo after >file && echo new >new && rm nested/removed && echo changed >"nested/a b/file"',
    );
    expect(await bench.run(pass(1, 'sync'))).toMatchObject({ state: 'done', errorTail: '' });
    const arrived = (path: string): Promise<string> => readFile(join(bench.replica, path), 'utf8');
    expect(await arrived('at-the-top')).toBe('top\n');
    expect(await arrived('@data/file')).toBe('before\n');
    expect(await arrived('@data/nested/removed')).toBe('kept\n');
    expect(await arrived('@data/nested/a b/file')).toBe('deep\n');
    expect(await arrived('other/file')).toBe('frozen\n');
    expect((await readdir(join(bench.replica, '@data'))).sort()).toEqual(['file', 'nested']);
    expect((await readdir(bench.replica)).sort()).toEqual([
      '.fleetlift-notes',
      '@data',
      'at-the-top',
      'other',
    ]);

    expect((await bench.run(pass(2, 'verify'))).state).toBe('done');
    expect(await bench.agent.differences(2)).toEqual([]);
    await bench.agent.holdSnapshots(['fs0'], 600);
    await bench.agent.dropSnapshots();
    await bench.agent.dropSnapshots();
    expect(await topLevel()).toBe(before);
    await expect(bench.agent.holdSnapshots(['fs0'], 600)).rejects.toMatchObject({ code: 'E-SNAPSHOT' });
    expect(await onServer('cat file')).toBe('after');
  });
});

describe('snapshots', () => {
  beforeEach(() => open('dash'));
  afterEach(close);

  it('are removed by a timer on the source once nobody asks for them', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 1);
    await until(areGone);
    expect(await topLevel()).toBe(before);
    await expect(bench.agent.holdSnapshots(['fs0'], 600)).rejects.toMatchObject({
      code: 'E-SNAPSHOT',
      message: expect.stringContaining('nobody has asked') as string,
    });
    expect((await bench.run(pass(1, 'sync'))).errorTail).toContain('the snapshot of fs0 is gone');
  });

  it('stay as long as somebody asks for them', async () => {
    await bench.agent.takeSnapshots(planned(), 1);
    await bench.agent.holdSnapshots(['fs0'], 600);
    await wait(12_000);
    await bench.agent.holdSnapshots(['fs0'], 600);
  });

  it('are asked for by several at once', async () => {
    await bench.agent.takeSnapshots(planned(), 600);
    const asked = Array.from({ length: 40 }, () => bench.agent.holdSnapshots(['fs0'], 600));
    await Promise.all(asked);
  });

  it('are given up where the server is about to run out of room', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 600);
    await onServer('head -c 500M /dev/zero >ballast 2>/dev/null; sync --file-system .');
    await until(areGone);
    await expect(bench.agent.holdSnapshots(['fs0'], 600)).rejects.toThrow('of its room left');
    await onServer('rm ballast');
    expect(await topLevel()).toBe(before);
  });

  it('end what reads from them when they are removed, and are not read again', async () => {
    await bench.agent.takeSnapshots(planned(), 600);
    bench.gate.holdAfter(1);
    await bench.agent.startPass(pass(1, 'sync'));
    await eventually(() => bench.gate.held, 'the pass');
    await bench.agent.dropSnapshots();
    expect((await bench.agent.passStatus(1))?.state).toBe('stopped');
    expect(await bench.processes()).toEqual([]);
    bench.gate.open();
    expect((await bench.run(pass(2, 'sync'))).state).toBe('failed');
  });

  it('take the place of older ones, and are found by their name where all else of them is lost', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 600);
    await onServer('echo later >file');
    await bench.agent.takeSnapshots(planned(), 600);
    expect((await bench.run(pass(1, 'sync'))).state).toBe('done');
    expect(await readFile(join(bench.replica, '@data/file'), 'utf8')).toBe('later\n');
    await rm(join(bench.folder, 'snapshot'), { recursive: true });
    expect(await topLevel()).not.toBe(before);
    await bench.agent.dropSnapshots();
    expect(await topLevel()).toBe(before);
  });

  it('are missed where one is removed by somebody else', async () => {
    await bench.agent.takeSnapshots(planned(), 600);
    await onServer(
      `mkdir ${folder}/look && mount -o subvolid=5 ${device} ${folder}/look && btrfs subvolume delete ${folder}/look/.fleetlift-[0-9]*/1`,
    );
    await expect(bench.agent.holdSnapshots(['fs0'], 600)).rejects.toThrow('its snapshots are gone');
    await onServer(`umount ${folder}/look && rmdir ${folder}/look`);
  });

  it.each([
    ['made', 'btrfs -q subvolume create late'],
    ['moved, with a link in its place', 'mv nested moved && ln -s moved nested'],
    ['removed', 'btrfs -q subvolume delete "nested/a b"'],
  ])('are not believed where a subvolume is %s while they are taken', async (_, act) => {
    await meanwhile(act);
    await expect(bench.agent.takeSnapshots(planned(), 600)).rejects.toMatchObject({ code: 'E-SNAPSHOT' });
    expect(await topLevel()).not.toMatch(/fleetlift-\d{3}/);
  });

  it('are not of a subvolume that was put in the place of another one', async () => {
    await meanwhile(
      'mv nested/"a b" kept && btrfs -q subvolume create nested/"a b"',
      'btrfs -q subvolume delete nested/"a b" && mv kept nested/"a b"',
    );
    await expect(bench.agent.takeSnapshots(planned(), 600)).rejects.toThrow('was exchanged');
  });

  it('lead nowhere by a link that was there for a moment', async () => {
    await meanwhile('mv nested moved && ln -s moved nested', 'rm nested && mv moved nested');
    await bench.agent.takeSnapshots(planned(), 600);
    const { state, errorTail } = await bench.run(pass(1, 'sync'));
    expect({ state, errorTail }).toMatchObject({
      state: 'failed',
      errorTail: expect.stringContaining('no folder of fs0: /@data/nested') as string,
    });
    await bench.agent.dropSnapshots();
  });

  it('are not removed by way of what a user puts in the place of their folder', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 600);
    const atTheTop = (script: string): Promise<string> =>
      onServer(
        `mkdir ${folder}/look && mount -o subvolid=5 ${device} ${folder}/look && cd ${folder}/look && ours=$(ls -d .fleetlift-[0-9]??*) && ${script} && cd / && umount ${folder}/look && rmdir ${folder}/look`,
      );
    await atTheTop('mv $ours stolen && mkdir $ours && ln -s ../other $ours/0 && chown 1000 $ours');
    await expect(bench.agent.dropSnapshots()).rejects.toMatchObject({ code: 'E-SNAPSHOT' });
    expect(await atTheTop('cat other/file && rm -r $ours && mv stolen $ours')).toBe('frozen');
    await bench.agent.dropSnapshots();
    // What was renamed has changed the time of the folder that it lies in.
    const names = (text: string): string[] => text.split('\n').filter((line) => !/^\d{4}-/.test(line));
    expect(names(await topLevel())).toEqual(names(before));
  });

  it('of before a reboot are removed after the next word of anybody', async () => {
    const before = await topLevel();
    await bench.agent.takeSnapshots(planned(), 600);
    await writeFile(join(bench.folder, 'snapshot/boot'), 'another\n');
    await expect(bench.agent.holdSnapshots(['fs0'], 600)).rejects.toThrow('the server was rebooted');
    await until(async () => (await topLevel()) === before);
  });

  it('are not taken where quotas are counted, nor where something else is mounted by now', async () => {
    await onServer('btrfs quota enable .');
    await expect(bench.agent.takeSnapshots(planned(), 600)).rejects.toThrow('quotas are on');
    await onServer(`btrfs quota disable . && mount -t tmpfs other ${folder}/data`);
    await expect(bench.agent.takeSnapshots(planned(), 600)).rejects.toThrow('no longer a btrfs');
    await onServer(`cd / && umount ${folder}/data`);
    await bench.agent.takeSnapshots(planned(), 600);
    await bench.agent.dropSnapshots();
  });

  it('are all removed where one cannot be taken, and with the agent', async () => {
    const before = await topLevel();
    const missing: PlannedSnapshot = {
      filesystem: 'fs1',
      kind: 'btrfs',
      mountpoint: join(folder, 'missing'),
      device,
    };
    await expect(bench.agent.takeSnapshots([...planned(), missing], 600)).rejects.toMatchObject({
      code: 'E-SNAPSHOT',
    });
    expect(await topLevel()).toBe(before);
    await bench.agent.takeSnapshots(planned(), 600);
    await bench.agent.remove();
    expect(await topLevel()).toBe(before);
  });
});
