/** Step image, and the boot's half of step verify. */
import { CancellationScope, patched } from '@temporalio/workflow';
import type { Firmware } from '../../src/model/fleet.js';
import type { BootResult, ImageResult } from '../../src/model/job.js';
import { orchestrator } from '../activities.js';
import type { Job } from './Job.js';
import type { SyncedReplica } from './sync.js';

/** A copy of the replica becomes bootable and is converted; the replica itself stays as it was received. */
export async function makeImage(job: Job, { source, plan }: SyncedReplica): Promise<ImageResult[]> {
  const { images, changes } = await job.relay.buildImage(job.context, source.facts, plan);
  job.record.images = images;
  job.record.changes = changes;
  return images;
}

/**
 * Boots the image under every firmware asked for, side by side, and logs in to check it. One that fails does not end the
 * others: what boots and what does not tells where to look.
 */
export async function verifyBoot(
  job: Job,
  synced: SyncedReplica,
  images: readonly ImageResult[],
): Promise<void> {
  const verify = { checksum: job.record.verify?.checksum ?? null, boot: [], commands: [] };
  job.record.verify = verify;
  const firmwares = job.context.server.verify.boot;
  if (!patched('boots side by side')) {
    for (const firmware of firmwares) await bootOnce(job, synced, images, firmware);
    return;
  }
  const boots = await Promise.allSettled(
    firmwares.map((firmware) => bootOnce(job, synced, images, firmware)),
  );
  for (const boot of boots) {
    if (boot.status === 'rejected') throw boot.reason;
  }
}

async function bootOnce(
  job: Job,
  synced: SyncedReplica,
  images: readonly ImageResult[],
  firmware: Firmware,
): Promise<void> {
  let booted = false;
  try {
    const { address, port } = await job.relay.startBoot(job.context, firmware, images);
    booted = true;
    const request = { facts: synced.source.facts, plan: synced.plan, firmware, address, port };
    const { commands } = await orchestrator.checkBoot(job.context, request);
    if (job.record.verify !== null) job.record.verify.commands = [...commands];
  } finally {
    await CancellationScope.nonCancellable(async () => {
      const result = await job.relay.stopBoot(job.context, firmware, booted);
      noteBoot(job, result);
    });
  }
}

/** In the order of the inventory, whichever boot was over first. */
function noteBoot(job: Job, result: BootResult): void {
  const { boot: order } = job.context.server.verify;
  job.record.verify?.boot.push(result);
  job.record.verify?.boot.sort((a, b) => order.indexOf(a.firmware) - order.indexOf(b.firmware));
}
