import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../../activities/support/poll.js';
import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { LabShell } from '../../e2e/labShell.js';
import { mountDisks } from '../../support/mountDisks.js';
import { machineOf, migrateProfile } from '../runProfile.js';

/** What the initramfs says when it gives up, and what the system says when it is up. */
const GAVE_UP = /Gave up waiting for root file system device/;
const LOGIN = / login: $/m;
const BOOT_MS = 240_000;

/** Boots the image of foreign hardware twice: with the initramfs that it had, which the image keeps, and with its new one. */
export async function oldInitramfs(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('foreign'));
  const release = (await new LabShell(machine).run('uname -r')).trim();
  const server = await migrateProfile(fleetlift, machine);
  const [image] = server.images;
  if (server.status !== 'Finished' || image === undefined) {
    throw new Error(`${server.status}: ${JSON.stringify(server.error)}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-initramfs-'));
  try {
    const mounted = await mountDisks([image.path]);
    const root = mounted.filesystems.find(({ mountpoint }) => mountpoint === '/')?.uuid ?? '';
    try {
      await copyFile(join(mounted.tree, `boot/vmlinuz-${release}`), join(folder, 'vmlinuz'));
      await copyFile(join(mounted.tree, `boot/initrd.img-${release}`), join(folder, 'new'));
      const saved = `etc/fleetlift/saved/boot/initrd.img-${release}`;
      await copyFile(join(mounted.tree, saved), join(folder, 'old'));
    } finally {
      await mounted.dispose();
    }
    const withOld = await bootWith(folder, image.path, image.format, 'old', root);
    const withNew = await bootWith(folder, image.path, image.format, 'new', root);
    if (withOld !== 'gave up' || withNew !== 'login') throw new Error(`old: ${withOld}, new: ${withNew}`);
    return 'with the source’s own initramfs it gives up waiting for its root, with the one built there it boots';
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Boots the image's kernel with an initramfs; how that ends. */
async function bootWith(
  folder: string,
  image: string,
  format: string,
  initramfs: string,
  root: string,
): Promise<'gave up' | 'login'> {
  const overlay = join(folder, `${initramfs}.qcow2`);
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', format, overlay]);
  const log = join(folder, `${initramfs}.log`);
  const qemu = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-nodefaults', '-no-user-config', '-display', 'none'],
      ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max,erms=off,fsrm=off', '-m', '1024'],
      ...['-drive', `if=none,id=d0,format=qcow2,file=${overlay}`, '-device', 'virtio-blk-pci,drive=d0'],
      ...['-kernel', join(folder, 'vmlinuz'), '-initrd', join(folder, initramfs)],
      ...['-append', `root=UUID=${root} ro console=ttyS0`, '-serial', `file:${log}`, '-no-reboot'],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(qemu, 'exit');
  try {
    return await pollUntil(1_000, AbortSignal.timeout(BOOT_MS), async () => {
      const said = await readFile(log, 'utf8').catch(() => '');
      if (GAVE_UP.test(said)) return 'gave up';
      return LOGIN.test(said) ? 'login' : null;
    });
  } finally {
    qemu.kill('SIGKILL');
    await ended;
  }
}
