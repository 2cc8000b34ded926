import { spawn } from 'node:child_process';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists, writeAtomically } from '../files.js';
import { listenAddress } from '../listenAddress.js';
import { recordOf, signalRecord, isAlive, type ProcessRecord } from '../processRecord.js';
import { runTool } from '../runTool.js';
import type { RelayContext } from '../types.js';
import { until } from '../until.js';
import { toolEnvironment } from '../../toolEnvironment.js';
import { greets } from './greets.js';
import { receiverFiles, type ReceiverFiles } from './layout.js';
import { sshdConfig } from './sshdConfig.js';

/**
 * Starts the relay's own sshd, or adopts the one that runs; one that listens elsewhere is replaced, while the
 * connections it has go on. The caller holds the receiver's lock.
 *
 * @throws FleetliftError E-RELAY-PORT where it does not come up, E-RELAY-TOOL where there is no sshd
 */
export async function ensureSshd(relay: RelayContext): Promise<void> {
  const files = receiverFiles(relay);
  await makeHostKey(files);
  const config = sshdConfig(files, {
    port: relay.port,
    address: listenAddress(relay.address),
    usePam: await isRootLocked(),
  });
  if ((await readIfExists(files.config)) !== config) await stopSshd(relay);
  await writeAtomically(files.config, config);
  await startIfStopped(files, relay.port, listenAddress(relay.address));
}

/** Starts sshd as it was configured last; answers whether it had to. For a worker that comes back after a reboot. */
export async function reviveSshd(relay: Pick<RelayContext, 'dir'>): Promise<boolean> {
  const files = receiverFiles(relay);
  const config = (await readIfExists(files.config)) ?? '';
  const port = /^Port (\d+)$/m.exec(config)?.[1];
  const address = /^ListenAddress (\S+)$/m.exec(config)?.[1];
  if (port === undefined || address === undefined || (await findSshd(files)) !== null) return false;
  await startIfStopped(files, Number(port), address);
  return true;
}

/** Ends the listener; its connections are not touched. */
export async function stopSshd(relay: Pick<RelayContext, 'dir'>): Promise<void> {
  const found = await findSshd(receiverFiles(relay));
  if (found === null) return;
  await signalRecord(found, 'SIGTERM');
  const gone = async (): Promise<boolean> => !(await isAlive(found));
  if (await until(gone, { deadlineMs: 5_000 })) return;
  await signalRecord(found, 'SIGKILL');
  await until(gone, { deadlineMs: 5_000 });
}

async function startIfStopped(files: ReceiverFiles, port: number, address: string): Promise<void> {
  if ((await findSshd(files)) !== null) return;
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 }); // where sshd locks its unprivileged half in
  await runTool('/usr/sbin/sshd', ['-t', '-f', files.config]);
  const log = await open(files.log, 'a', 0o600);
  try {
    const child = spawn('/usr/sbin/sshd', ['-D', '-f', files.config, '-E', files.log], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd],
      env: toolEnvironment(),
    });
    child.once('error', () => undefined); // `sshd -t` ran a moment ago; a failure shows in the wait below
    child.unref();
  } finally {
    await log.close();
  }
  const up = async (): Promise<boolean> => (await findSshd(files)) !== null && (await greets(port, address));
  if (await until(up, { deadlineMs: 10_000 })) return;
  throw new FleetliftError('E-RELAY-PORT', {
    message: `the receiver does not listen on ${address}, port ${port}: ${lastWords((await readIfExists(files.log)) ?? '')}`,
  });
}

/** What sshd said last, without the carriage returns that it ends its lines with. */
function lastWords(log: string): string {
  const said = log.split(/[\r\n]+/).filter((line) => line !== '');
  return said.length === 0 ? 'sshd said nothing' : said.slice(-2).join(' ');
}

/** sshd keeps its configuration's path in its title, so that a pid file left by a dead one misleads nobody. */
async function findSshd(files: ReceiverFiles): Promise<ProcessRecord | null> {
  const pid = Number((await readIfExists(files.pid)) ?? '');
  const record = pid > 1 ? await recordOf(pid) : null;
  if (record === null) return null;
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return title.replaceAll('\0', ' ').includes(` -f ${files.config} `) ? record : null;
}

async function makeHostKey(files: ReceiverFiles): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await chmod(files.folder, 0o700);
  if ((await readIfExists(`${files.hostKey}.pub`)) !== null) return;
  // The public half is written last by ssh-keygen; a private one without it is a crash's, and is overwritten.
  await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'fleetlift', '-f', files.hostKey], {
    stdin: 'y\n',
  });
}

/** sshd refuses an account that is locked with `!`, also for keys, unless PAM decides. */
async function isRootLocked(): Promise<boolean> {
  return /^root:!/m.test((await readIfExists('/etc/shadow')) ?? '');
}
