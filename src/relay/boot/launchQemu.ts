import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists } from '../files.js';
import { isAlive, type ProcessRecord } from '../processRecord.js';
import { until } from '../until.js';
import { readQemuProcess, type BootFiles } from './bootFolders.js';
import { INSIDE } from './qemuArguments.js';
import { qmp } from './qmp.js';

export interface Launch {
  readonly files: BootFiles;
  /** Lock files, one a slot; QEMU holds one of them as long as it lives. */
  readonly slots: readonly string[];
  /** Image files, which QEMU sees as {@link INSIDE.images}`/image0` … and cannot write. */
  readonly images: readonly string[];
  readonly uid: number;
  /** Group of /dev/kvm; null: none is needed. */
  readonly kvmGroup: number | null;
  readonly qemu: readonly string[];
}

export type LaunchOutcome =
  | { readonly kind: 'running'; readonly process: ProcessRecord }
  | { readonly kind: 'no-slot' }
  | { readonly kind: 'port-taken' };

/** Exit status of the launcher where every slot is held. */
const NO_SLOT = 75;

/**
 * Starts QEMU in a session of its own, as its own user, in a mount namespace where it finds its images and its folder.
 * It outlives this process; the shell that becomes QEMU writes its pid down itself and takes a slot first, so that
 * there is no moment in which a crash of ours leaves one that is not known.
 *
 * @throws FleetliftError E-BOOT-QEMU where it ends before it answers on its control socket
 */
export async function launchQemu(launch: Launch, signal?: AbortSignal): Promise<LaunchOutcome> {
  const { files } = launch;
  const log = await open(files.qemuLog, 'a', 0o600);
  try {
    const words = [
      ...['--mount', '--propagation', 'private', 'sh', '-c', LAUNCHER, 'fleetlift-boot'],
      ...launch.qemu,
    ];
    const child = spawn('unshare', words, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd],
      env: environmentOf(launch),
    });
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    let exit: number | null | undefined;
    const settled = ended.then(
      (code) => (exit = code),
      () => (exit = 127),
    );
    child.unref();
    const up = await until(async () => exit !== undefined || (await answers(files)), {
      deadlineMs: 30_000,
      signal,
    });
    if (exit === undefined && up) {
      const process = await readQemuProcess(files);
      if (process !== null && (await isAlive(process))) return { kind: 'running', process };
    }
    if (exit === undefined) child.kill('SIGKILL');
    await settled;
    return await failureOf(files, exit);
  } finally {
    await log.close();
  }
}

/** Its main loop answers: disks and network are set up. */
async function answers(files: BootFiles): Promise<boolean> {
  const process = await readQemuProcess(files);
  if (process === null) return false;
  try {
    await qmp(process, 'query-status');
    return true;
  } catch {
    return false; // not there yet; its end is noticed by its parent
  }
}

async function failureOf(files: BootFiles, exit: number | null | undefined): Promise<LaunchOutcome> {
  if (exit === NO_SLOT) return { kind: 'no-slot' };
  const said = ((await readIfExists(files.qemuLog)) ?? '').trim().slice(-1024);
  if (/Could not set up host forwarding rule/.test(said)) return { kind: 'port-taken' };
  throw new FleetliftError('E-BOOT-QEMU', {
    message: `QEMU ended before the guest started (${String(exit)}): ${said}`,
  });
}

function environmentOf(launch: Launch): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    // Where QEMU makes the overlays of snapshot=on.
    TMPDIR: INSIDE.guest,
    FLEETLIFT_SLOTS: launch.slots.join('\n'),
    FLEETLIFT_IMAGES: launch.images.join('\n'),
    FLEETLIFT_ROOT: launch.files.root,
    FLEETLIFT_GUEST: launch.files.guest,
    FLEETLIFT_PROCESS: launch.files.process,
    FLEETLIFT_UID: String(launch.uid),
    FLEETLIFT_GROUPS: launch.kvmGroup === null ? '--clear-groups' : `--groups=${launch.kvmGroup}`,
  };
}

/**
 * Becomes QEMU. What it needs is gathered on a tmpfs first and laid over /mnt last, since the relay's folder itself may
 * lie below /mnt. The slot is a flock on a file that QEMU keeps open: it is free again when QEMU is dead, however it died.
 * No file of QEMU may pass 32 GiB: a guest that writes without end must not fill the relay.
 */
const LAUNCHER = `
set -eu
IFS='
'
set -f
taken=
for slot in $FLEETLIFT_SLOTS; do
  exec 9>"$slot"
  if flock -n 9; then taken=yes; break; fi
done
[ -n "$taken" ] || exit ${NO_SLOT}
read -r stat </proc/$$/stat
rest=\${stat##*) }
IFS=' '
start=0; count=0
for field in $rest; do count=$((count + 1)); [ $count -ne 20 ] || start=$field; done
IFS='
'
printf '%s %s\\n' "$$" "$start" >"$FLEETLIFT_PROCESS.new"
mv "$FLEETLIFT_PROCESS.new" "$FLEETLIFT_PROCESS"
root=$FLEETLIFT_ROOT
mount -t tmpfs -o mode=755,size=1m fleetlift "$root"
mkdir -m 755 "$root/images" "$root/guest"
mount --bind "$FLEETLIFT_GUEST" "$root/guest"
number=0
for image in $FLEETLIFT_IMAGES; do
  : >"$root/images/image$number"
  mount --bind "$image" "$root/images/image$number"
  mount -o remount,bind,ro "$root/images/image$number"
  number=$((number + 1))
done
mount --rbind "$root" /mnt
ulimit -c 0
ulimit -f 67108864
exec setpriv --reuid "$FLEETLIFT_UID" --regid "$FLEETLIFT_UID" "$FLEETLIFT_GROUPS" --no-new-privs \\
  --inh-caps=-all --bounding-set=-all qemu-system-x86_64 "$@"
`;
