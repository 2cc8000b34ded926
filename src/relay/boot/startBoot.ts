import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { delay } from '../../delay.js';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { Firmware } from '../../model/fleet.js';
import type { ImageResult, JobRef } from '../../model/job.js';
import { writeAtomically } from '../files.js';
import { bootKernelFile } from '../image/bootKernelFile.js';
import { listenAddress } from '../listenAddress.js';
import { jobPaths } from '../paths.js';
import { recordOf, type ProcessRecord } from '../processRecord.js';
import type { RelayContext } from '../types.js';
import { accelerator, kvmGroup, type Accelerator } from './accelerator.js';
import { bootFiles, bootsFolder, evidenceFolder, type BootFiles, type BootRecord } from './bootFolders.js';
import { openDoorway } from './doorway.js';
import { endBoot } from './endBoot.js';
import { freePort } from './freePort.js';
import { launchQemu } from './launchQemu.js';
import { GUEST_ADDRESS, OVMF, qemuArguments } from './qemuArguments.js';
import { bootUid } from './qemuUser.js';
import { waitForLogin } from './waitForLogin.js';

export interface BootRequest {
  readonly firmware: Firmware;
  /** Images of the server, the system disk among them. */
  readonly images: readonly ImageResult[];
  /** Memory of the guest; default 1024. */
  readonly memoryMiB?: number;
  /** Where the guest's SSH port is reached on the relay; default 127.0.0.1. A router's address: it is opened on all. */
  readonly bindAddress?: string;
  /** Port of the guest's sshd; default 22. */
  readonly guestPort?: number;
  /** Milliseconds from the start of QEMU to a login; default 300,000. */
  readonly deadlineMs?: number;
}

export interface StartedBoot {
  /** Where the guest's sshd is reached. */
  readonly address: string;
  readonly port: number;
  readonly startedAt: string;
  readonly accelerator: Accelerator;
}

export interface BootOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((detail: string) => void) | undefined;
}

/**
 * Boots a server's images on overlays that are thrown away, and waits until its sshd greets. Waits first until one of
 * the relay's boot slots is free: one a core. A boot of the same job and firmware that was left is ended before; one
 * that fails is ended too, with its evidence kept.
 *
 * @throws FleetliftError E-BOOT-TIMEOUT with the end of the serial log, E-BOOT-QEMU, E-RELAY-TOOL
 */
export async function startBoot(
  relay: RelayContext,
  job: JobRef,
  request: BootRequest,
  options: BootOptions = {},
): Promise<StartedBoot> {
  const { signal, onProgress } = options;
  const { firmware, bindAddress: address = GUEST_ADDRESS } = request;
  const files = bootFiles(relay, job, firmware);
  await endBoot(relay, files, false);
  await rm(evidenceFolder(relay, job, firmware), { recursive: true, force: true });
  onProgress?.(`boot ${firmware}: choosing an accelerator`);
  const kernel = bootKernelFile(jobPaths(relay, job));
  const chosen = await accelerator(relay, existsSync(kernel) ? kernel : null);
  try {
    const { record, qemu } = await launchInSlot(relay, { job, firmware }, request, chosen, options);
    onProgress?.(`boot ${firmware}`);
    await waitForLogin(files, qemu, {
      port: record.port,
      deadlineMs: request.deadlineMs ?? 300_000,
      about: `${job.server} under ${firmware}`,
      signal,
    });
    await writeRecord(files, { ...record, readyAt: new Date().toISOString() });
    const port =
      address === GUEST_ADDRESS
        ? record.port
        : await openDoorway(files.folder, listenAddress(address), record.port);
    return { address, port, startedAt: record.startedAt, accelerator: chosen };
  } catch (error) {
    await endBoot(relay, files, false);
    throw error;
  }
}

type Boot = Pick<BootRecord, 'job' | 'firmware'>;

/**
 * Where the relay's own cores are busy, QEMU's emulation loses timers of a second core, and the guest hangs ("rcu_preempt
 * kthread timer wakeup didn't happen"). Two boots with one core each are done sooner, too, than with two each.
 */
const EMULATED_CORES = 1;
/** How often a slot is asked for again, milliseconds. */
const SLOT_MS = 1000;
/** A free port may be taken by somebody else before QEMU opens it. */
const PORT_TRIES = 10;

async function launchInSlot(
  relay: RelayContext,
  boot: Boot,
  request: BootRequest,
  chosen: Accelerator,
  { signal, onProgress }: BootOptions,
): Promise<{ record: BootRecord; qemu: ProcessRecord }> {
  const files = bootFiles(relay, boot.job, boot.firmware);
  const images = systemFirst(request.images);
  const owner = await recordOf(process.pid);
  if (owner === null) throw new FleetliftError('E-INTERNAL', { message: 'this process is not in /proc' });
  for (let tries = 0; tries < PORT_TRIES;) {
    signal?.throwIfAborted();
    const port = await freePort(GUEST_ADDRESS);
    const record: BootRecord = { ...boot, port, owner, startedAt: new Date().toISOString(), readyAt: null };
    await prepareFolder(files, record);
    const outcome = await launchQemu(
      {
        files,
        slots: await slotFiles(relay),
        images: images.map((image) => image.path),
        uid: bootUid(port),
        kvmGroup: chosen === 'kvm' ? await kvmGroup() : null,
        qemu: qemuArguments({
          ...{ firmware: boot.firmware, accelerator: chosen, port },
          cores: chosen === 'kvm' ? Math.min(2, availableParallelism()) : EMULATED_CORES,
          memoryMiB: request.memoryMiB ?? 1024,
          formats: images.map((image) => image.format),
          guestPort: request.guestPort ?? 22,
        }),
      },
      signal,
    );
    if (outcome.kind === 'running') return { record, qemu: outcome.process };
    if (outcome.kind === 'port-taken') {
      tries += 1;
      continue;
    }
    onProgress?.(`boot ${boot.firmware}: waiting for a boot slot`);
    await delay(SLOT_MS, signal);
  }
  throw new FleetliftError('E-BOOT-QEMU', {
    message: `no free port on ${GUEST_ADDRESS} in ${PORT_TRIES} tries`,
  });
}

/** The record is on disk before QEMU lives. */
async function prepareFolder(files: BootFiles, record: BootRecord): Promise<void> {
  await rm(files.folder, { recursive: true, force: true });
  for (const folder of [files.root, files.guest]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const uid = bootUid(record.port);
  if (record.firmware === 'uefi') {
    const variables = join(files.guest, 'efivars.fd');
    await copyFile(OVMF.variables, variables);
    await chown(variables, uid, uid);
  }
  await chown(files.guest, uid, uid);
  await writeRecord(files, record);
}

async function writeRecord(files: BootFiles, record: BootRecord): Promise<void> {
  await writeAtomically(files.record, JSON.stringify(record));
}

/** One lock file a slot: TCG uses a core each, and guests that starve run into systemd's timeouts. */
async function slotFiles(relay: RelayContext): Promise<string[]> {
  const folder = join(bootsFolder(relay), 'slots');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Array.from({ length: Math.max(1, availableParallelism()) }, (_, index) =>
    join(folder, String(index)),
  );
}

function systemFirst(images: readonly ImageResult[]): ImageResult[] {
  return [...images].sort((a, b) => Number(b.disk === 'system') - Number(a.disk === 'system'));
}
