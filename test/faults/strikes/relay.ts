/** Strikes at what the relay runs, and at its disk. */
import { readdir, readFile } from 'node:fs/promises';
import { bootFiles, readQemuProcess } from '../../../src/relay/boot/bootFolders.js';
import { isAlive } from '../../../src/relay/processRecord.js';
import { livingConnections } from '../../../src/relay/receiver/connections.js';
import { receiverFiles, rsyncdConfigFile } from '../../../src/relay/receiver/layout.js';
import type { Trial } from '../Trial.js';
import { killing, type Strike } from './strike.js';

/** Free bytes that are left: less than the relay's margin, so that it stops what it receives. */
const LEFT_BYTES = 64 << 20;

/** The wrapper around the receiving rsync, which dies with it. */
export const killReceiver = killing('receiver', async ({ paths }) => {
  const [connection] = await livingConnections(paths.receiver);
  return connection?.pid ?? null;
});

/** The receiving rsync alone. */
export const killReceivingRsync = killing('rsync on the relay', async ({ paths }) => {
  const words = ['rsync', '--server', '--daemon', `--config=${rsyncdConfigFile(paths.receiver)}`];
  for (const entry of await readdir('/proc')) {
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (line.startsWith(words.join('\0'))) return Number(entry);
  }
  return null;
});

/** The listening sshd; connections that it has let in go on. */
export const killListener = killing('sshd of the relay', async ({ relay }) => {
  const pid = await readFile(receiverFiles(relay).pid, 'utf8').catch(() => '');
  return pid === '' ? null : Number(pid);
});

export const killQemu = killing('QEMU', async ({ relay, job }) => {
  const qemu = await readQemuProcess(bootFiles(relay, job, 'bios'));
  return qemu !== null && (await isAlive(qemu)) ? qemu.pid : null;
});

export const fillRelay: Strike = async ({ disk }: Trial) => {
  if (disk === null) throw new Error('the relay has no disk of its own');
  await disk.fill(LEFT_BYTES);
  return () => disk.empty();
};
