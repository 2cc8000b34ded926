import { access, chown, copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readIfExists, writeAtomically } from '../files.js';
import { withLock } from '../lock.js';
import { runTool } from '../runTool.js';
import type { RelayContext } from '../types.js';
import { toolEnvironment } from '../../toolEnvironment.js';
import { PROBE_UID } from './qemuUser.js';

export type Accelerator = 'kvm' | 'tcg';

/** Milliseconds for a kernel to come as far as looking for its root; it takes one or two where KVM works. */
const PROBE_MS = 20_000;

/**
 * KVM where a kernel has been booted with it on this machine, else TCG. `/dev/kvm` proves nothing: under some
 * hypervisors it opens and runs firmware, while Linux hangs in it. The answer is kept until the machine boots anew or
 * QEMU changes.
 *
 * @param kernelFile a kernel to try it with; null: without a kept answer it is TCG
 */
export async function accelerator(relay: RelayContext, kernelFile: string | null): Promise<Accelerator> {
  if (!(await opens('/dev/kvm'))) return 'tcg';
  const machine = await machineKey();
  return withLock(join(relay.dir, 'kvm.lock'), async () => {
    const kept = await keptAnswer(relay);
    if (kept !== null && kept.machine === machine) return kept.answer;
    if (kernelFile === null) return 'tcg';
    const answer = (await bootsUnderKvm(kernelFile)) ? 'kvm' : 'tcg';
    await writeAtomically(answerFile(relay), JSON.stringify({ machine, answer } satisfies KeptAnswer));
    return answer;
  });
}

interface KeptAnswer {
  readonly machine: string;
  readonly answer: Accelerator;
}

function answerFile(relay: RelayContext): string {
  return join(relay.dir, 'kvm.json');
}

async function keptAnswer(relay: RelayContext): Promise<KeptAnswer | null> {
  const text = await readIfExists(answerFile(relay));
  return text === null ? null : (JSON.parse(text) as KeptAnswer);
}

/** How images are booted on this machine, as far as that is known: `untried` where KVM opens and no boot has tried it. */
export async function knownAccelerator(relay: RelayContext): Promise<Accelerator | 'untried'> {
  if (!(await opens('/dev/kvm'))) return 'tcg';
  const kept = await keptAnswer(relay);
  return kept !== null && kept.machine === (await machineKey()) ? kept.answer : 'untried';
}

/** Group that may open /dev/kvm. */
export async function kvmGroup(): Promise<number> {
  return (await stat('/dev/kvm')).gid;
}

async function machineKey(): Promise<string> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const version = (await runTool('qemu-system-x86_64', ['--version'])).stdout.split('\n')[0] ?? '';
  return `${bootId} ${version}`;
}

async function opens(device: string): Promise<boolean> {
  return access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** The kernel finds no root and panics: so far it must come, with its own words. */
async function bootsUnderKvm(kernelFile: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-kvm-'));
  try {
    const kernel = join(folder, 'kernel');
    await copyFile(kernelFile, kernel);
    for (const path of [folder, kernel]) await chown(path, PROBE_UID, PROBE_UID);
    const user = [
      '--reuid',
      String(PROBE_UID),
      '--regid',
      String(PROBE_UID),
      '--groups',
      String(await kvmGroup()),
    ];
    const qemu = [
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-no-reboot',
      '-accel',
      'kvm',
      '-cpu',
      'host',
    ];
    const guest = ['-m', '512', '-serial', 'stdio', '-kernel', kernel, '-append', 'console=ttyS0 panic=-1'];
    const sandbox = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'];
    const words = [
      '--pdeathsig',
      'KILL',
      ...user,
      '--no-new-privs',
      'qemu-system-x86_64',
      ...qemu,
      ...guest,
      ...sandbox,
    ];
    const { stdout } = await execa('setpriv', words, {
      reject: false,
      extendEnv: false,
      env: toolEnvironment(),
      timeout: PROBE_MS,
      killSignal: 'SIGKILL',
      stdin: 'ignore',
      // A flood of output is cut and ends it: also an answer.
      maxBuffer: 4 * 1024 * 1024,
    });
    return /VFS: (Cannot open|Unable to mount) root|Run \/\S+ as init process/.test(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
