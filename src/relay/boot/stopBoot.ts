import { join } from 'node:path';
import type { Firmware } from '../../model/fleet.js';
import { jobId, type BootResult, type JobRef } from '../../model/job.js';
import { readIfExists } from '../files.js';
import { isAlive } from '../processRecord.js';
import type { RelayContext } from '../types.js';
import { bootFiles, evidenceFolder, listBoots, readBootRecord } from './bootFolders.js';
import { endBoot } from './endBoot.js';

/**
 * Ends a boot and keeps its evidence; also one whose worker is dead, and one that has ended already: then it answers
 * what is kept.
 *
 * @throws FleetliftError E-BOOT-QEMU where QEMU does not die
 */
export async function stopBoot(
  relay: RelayContext,
  job: JobRef,
  firmware: Firmware,
  outcome: { booted: boolean },
): Promise<BootResult> {
  const ended = await endBoot(relay, bootFiles(relay, job, firmware), outcome.booted);
  if (ended !== null) return ended;
  const kept = await readIfExists(join(evidenceFolder(relay, job, firmware), 'result.json'));
  if (kept !== null) return { ...(JSON.parse(kept) as BootResult), booted: outcome.booted };
  return { firmware, booted: false, seconds: 0, screenshot: '', log: '' };
}

/** Ends the boots that this process started: at its end. */
export async function stopBoots(relay: RelayContext): Promise<void> {
  for (const files of await listBoots(relay)) {
    if ((await readBootRecord(files))?.owner.pid === process.pid) await endBoot(relay, files, false);
  }
}

/** Ends the boots whose worker is dead, and says which; the evidence is kept in the folders of their jobs. */
export async function reconcileBoots(relay: RelayContext): Promise<string[]> {
  const deeds: string[] = [];
  for (const files of await listBoots(relay)) {
    const record = await readBootRecord(files);
    if (record !== null && (await isAlive(record.owner))) continue;
    await endBoot(relay, files, false);
    const what = record === null ? 'without a record' : `of ${jobId(record.job)} under ${record.firmware}`;
    deeds.push(`ended the boot ${what}, which a dead worker left`);
  }
  return deeds;
}
