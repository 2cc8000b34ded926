/** How a trial comes to the step at which it is struck, and from there to its end. */
import type { ServerResult } from '../../src/model/job.js';
import type { LabShell } from '../e2e/labShell.js';
import { CHANGED_BYTES, CHANGED_FILE, type Moment } from './moments.js';
import type { Trial } from './Trial.js';

/** Brings the migration on its way to the step, and leaves it running. */
export const BEGIN: Readonly<Record<Moment['journey'], (trial: Trial) => Promise<void>>> = {
  once: (trial) => trial.start(),
  async delta(trial) {
    await syncThenChange(trial);
    await trial.operate('sync-now');
  },
  async cutover(trial) {
    await syncThenChange(trial);
    await trial.operate('cutover');
  },
};

async function syncThenChange(trial: Trial): Promise<void> {
  const { status, error } = await trial.follow();
  if (status !== 'Waiting') throw new Error(`the first sync ended ${status}: ${JSON.stringify(error)}`);
  await trial.site.shell.run(`head -c ${CHANGED_BYTES} /dev/urandom >/${CHANGED_FILE}`);
}

/** Follows the trial until it is finished, or has an error that waits for the operator; what waits is cut over. */
export async function toItsEnd(trial: Trial): Promise<ServerResult> {
  for (;;) {
    const server = await trial.follow();
    if (server.status !== 'Waiting' || server.error !== null) return server;
    await trial.operate('cutover');
  }
}

/** The operator's command once the cause of an error is mended. */
export async function again(trial: Trial, { status }: ServerResult): Promise<void> {
  await trial.operate(status === 'Waiting' ? 'cutover' : 'retry');
}

/** Takes back what a journey has changed on the source. */
export async function tidySource(shell: LabShell): Promise<void> {
  await shell.run(`rm -f /${CHANGED_FILE}; systemctl start cron`);
}
