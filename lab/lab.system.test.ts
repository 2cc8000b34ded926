import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffSnapshots, snapshot, type SystemSnapshot } from '../test/support/snapshot.js';
import { compareDisks, mountLabDisks } from '../test/support/mountDisks.js';
import { INOTIFY_LIMIT, inotifyInstances } from './inotify.js';
import { labDown, labStatus, labUp, powerOff, powerOn } from './lab.js';
import { PROJECT_DIR } from './paths.js';
import { labServer } from './servers.js';
import { serverDir, sshArguments } from './state.js';
import { waitFor } from './waitFor.js';

let stateDir = '';
let before: SystemSnapshot;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'fleetlift-lab-'));
  before = await look();
});

afterAll(async () => {
  await labDown(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

describe('the lab', () => {
  it('boots servers that look like any other from inside', async () => {
    await labUp({ servers: 2, rateMbit: 100, stateDir });
    expect(await inside(1, 'cat /etc/hostname; systemctl is-system-running')).toBe('lab1\nrunning');
    const mounts = await inside(2, 'findmnt --noheadings --raw --types ext2,ext4,xfs --output TARGET,FSTYPE');
    expect(mounts.split('\n').sort()).toEqual(['/ ext4', '/boot ext2', '/srv/bind ext4', '/srv/data xfs']);
    // fstab names the filesystems that are mounted.
    const data = await inside(2, 'grep -o "^UUID=[^ ]* /srv/data" /etc/fstab; findmnt -no SOURCE /srv/data');
    const [fstab = '', device = ''] = data.split('\n');
    expect(`UUID=${await inside(2, `blkid -o value -s UUID ${device}`)} /srv/data`).toBe(fstab);
    expect(await inside(1, 'ip -oneline -4 address show eth0')).toContain('198.18.1.1/16');
  });

  it('limits the uplink', async () => {
    const startedMs = Date.now();
    await execa('ssh', [...sshArguments(stateDir, labServer(1)), 'head -c 25M /srv/large/disk-dump.bin'], {
      encoding: 'buffer',
      maxBuffer: 64 * 1024 * 1024,
    });
    // 25 MiB are 2.1 s at 100 Mbit/s.
    expect(Date.now() - startedMs).toBeGreaterThan(1900);
  });

  it('does nothing where everything is there', async () => {
    const identity = await inside(1, 'cat /etc/machine-id /proc/sys/kernel/random/boot_id');
    await labUp({ servers: 2, stateDir });
    expect(await inside(1, 'cat /etc/machine-id /proc/sys/kernel/random/boot_id')).toBe(identity);
  });

  it('gives the disks free when a server is off, and boots it again', async () => {
    await inside(2, 'echo kept >/srv/data/kept.txt');
    await powerOff('lab2', stateDir);
    expect((await labStatus(stateDir)).map(({ power }) => power)).toEqual(['on', 'off']);
    const disks = await mountLabDisks('lab2', stateDir);
    try {
      expect(await compareDisks(disks, disks)).toEqual([]);
      expect((await execa('cat', [join(disks.tree, 'srv/data/kept.txt')])).stdout).toBe('kept');
      const below = disks.filesystems.find(({ mountpoint }) => mountpoint === '/');
      expect(existsSync(join(below?.path ?? '', 'srv/data/below-the-mount.txt'))).toBe(true);
    } finally {
      await disks.dispose();
    }
    await powerOn('lab2', stateDir);
    expect(await inside(2, 'cat /srv/data/kept.txt')).toBe('kept');
  });

  it('starts a server that reboots itself', async () => {
    const boot = 'cat /proc/sys/kernel/random/boot_id';
    const first = await inside(1, boot);
    await inside(1, 'systemctl reboot').catch(() => undefined);
    await waitFor('lab1 to be up again', 60_000, async () => {
      const now = await inside(1, boot).catch(() => first);
      return now !== first;
    });
  });

  it('leaves nothing behind, also when it is taken down twice', async () => {
    await labDown(stateDir);
    expect(diffSnapshots(before, await look())).toEqual([]);
    await labDown(stateDir);
    expect(existsSync(stateDir)).toBe(false);
  });

  it.each(['its folder is made', 'its disks are made', 'it boots'])(
    'leaves nothing behind after a kill when %s',
    async (moment) => {
      const folder = serverDir(stateDir, 'lab1');
      const reached: Record<string, () => boolean> = {
        'its folder is made': () => existsSync(folder),
        'its disks are made': () => existsSync(join(folder, 'partitions')),
        'it boots': () => existsSync(join(folder, 'console.log')),
      };
      const up = spawn(
        process.execPath,
        [
          '--input-type=module',
          '--eval',
          `const { labUp } = await import(process.argv[1]); await labUp({ servers: 1, stateDir: process.argv[2] });`,
          join(PROJECT_DIR, 'dist/lab/lab.js'),
          stateDir,
        ],
        { stdio: 'ignore' },
      );
      const ended = once(up, 'exit');
      try {
        await waitFor(moment, 60_000, () => Promise.resolve(reached[moment]?.() ?? false));
      } finally {
        up.kill('SIGKILL');
        await ended;
      }
      await labDown(stateDir);
      expect(diffSnapshots(before, await look())).toEqual([]);
    },
  );

  it('raises the limit of inotify instances, which twenty servers use up, and sets it back', async () => {
    const limit = await inotifyInstances();
    await writeFile(INOTIFY_LIMIT, '1');
    try {
      await labUp({ servers: 1, stateDir });
      expect(await inside(1, 'systemctl is-system-running')).toBe('running');
      await labDown(stateDir);
      expect(await inotifyInstances()).toBe(1);
    } finally {
      await writeFile(INOTIFY_LIMIT, String(limit));
    }
  });

  it('comes up again after a kill half-way, and after its servers were killed', async () => {
    await labUp({ servers: 1, stateDir });
    const { stdout } = await execa('pgrep', ['-f', `supervise.sh ${serverDir(stateDir, 'lab1')} `]);
    for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
    await waitFor('lab1 to be off', 15_000, async () => (await labStatus(stateDir))[0]?.power === 'off');
    await labUp({ servers: 1, stateDir });
    expect(await inside(1, 'systemctl is-system-running')).toBe('running');
    await labDown(stateDir);
    expect(diffSnapshots(before, await look())).toEqual([]);
  });
});

describe('two labs', () => {
  it('are refused while one runs, and the second takes over where the servers of the first are off', async () => {
    const second = await mkdtemp(join(tmpdir(), 'fleetlift-lab-'));
    await labUp({ servers: 1, stateDir });
    await expect(labUp({ servers: 1, stateDir: second })).rejects.toThrow(`--state-dir ${stateDir} down`);
    await powerOff('lab1', stateDir);
    try {
      await labUp({ servers: 1, stateDir: second });
      await expect(powerOn('lab1', stateDir)).rejects.toThrow('npm run lab');
    } finally {
      await labDown(second);
    }
    await labDown(stateDir);
    expect(diffSnapshots(before, await look())).toEqual([]);
  });
});

/**
 * The machine without what is certainly not the lab's: its loop devices all lie in its folder, and its processes
 * either name that folder or run in namespaces of their own.
 */
async function look(): Promise<SystemSnapshot> {
  return snapshot({
    ignore: {
      loopDevices: [/^\S+ \d+ (?!\/tmp\/fleetlift-lab-)/],
      processes: [/^(?!.*fleetlift-lab-)(?!.*\(another namespace\)$)/s],
    },
  });
}

async function inside(index: number, command: string): Promise<string> {
  return (await execa('ssh', [...sshArguments(stateDir, labServer(index)), command])).stdout;
}
