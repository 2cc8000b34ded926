/** Strikes at the source. */
import { once } from 'node:events';
import { execa } from 'execa';
import { pollUntil } from '../../../activities/support/poll.js';
import { powerOff, powerOn } from '../../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../../lab/paths.js';
import { sshArguments } from '../../../lab/state.js';
import type { LabShell } from '../../e2e/labShell.js';
import { SOURCE_SCRATCH } from '../Trial.js';
import { onSource, type Strike } from './strike.js';

/** Kills the process whose number stands first in a file of the latest pass. */
const killOfLastPass = (file: string): string =>
  `cd "$(ls -d /var/lib/fleetlift/*/pass/* | sort -V | tail -n 1)" && read -r pid rest <${file} && kill -KILL $pid`;

/** The agent's detached shell, which runs one rsync after the other. */
export const killAgent = onSource('pass on the source', killOfLastPass('pid'));
export const killSendingRsync = onSource('rsync on the source', killOfLastPass('rsync'));

/** A reset: nothing is written out, nothing is shut down. It is up again when this ends. */
export const reboot: Strike = async ({ site }) => {
  const startOfInit = 'cut -d " " -f 22 /proc/1/stat';
  const before = await site.shell.run(startOfInit);
  // The connection ends with the server.
  await site.shell.run('systemctl reboot --force --force').catch(() => undefined);
  await pollUntil(200, AbortSignal.timeout(60_000), async () => {
    const now = await site.shell.run(startOfInit).catch(() => before);
    return now === before ? null : true;
  });
  await powerOn(site.server.name);
  return () => Promise.resolve();
};

export const switchOff: Strike = async ({ site }) => {
  await powerOff(site.server.name);
  return () => powerOn(site.server.name);
};

/** Takes the last block of the root filesystem, those for root included. */
export const fillSource: Strike = async ({ site }) => {
  const ballast = `${SOURCE_SCRATCH}fault.ballast`;
  await site.shell.run(
    [
      `free=$(($(stat -f -c '%f * %S' ${SOURCE_SCRATCH})))`,
      // Room for the filesystem's own records of it, and then what is left of that.
      `fallocate -l $((free - 134217728)) ${ballast}`,
      `dd if=/dev/zero of=${ballast}.rest bs=4k 2>&1 | grep -q 'No space left'`,
    ].join(' && '),
  );
  return () => clearSource(site.shell);
};

/** Takes back what a strike, also one that failed, may have left on the source. */
export async function clearSource(shell: LabShell): Promise<void> {
  await shell.run(`rm -f ${SOURCE_SCRATCH}fault.*`);
}

/**
 * Empties authorized_keys. The connection by which that is done stays open, and by it the key is given back: a new one
 * would be refused.
 */
export const withdrawKey: Strike = async ({ site }) => {
  const script = [
    'keys=/root/.ssh/authorized_keys kept=/run/fault.keys',
    'cp -p $keys $kept && : >$keys && echo withdrawn && read -r word && cp -p $kept $keys && rm $kept',
  ].join('\n');
  const holding = execa('ssh', [...sshArguments(DEFAULT_STATE_DIR, site.server), script], { stdin: 'pipe' });
  await Promise.race([once(holding.stdout, 'data'), holding]);
  return async () => {
    holding.stdin.end('back\n');
    await holding;
  };
};
