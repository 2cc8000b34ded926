import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists } from '../files.js';
import { isStaying, parseRecord, type ProcessRecord } from '../processRecord.js';
import { until } from '../until.js';

/** Files of a namespace: its process record, the lock of its holder, and what the holder said. */
export interface HolderFiles {
  readonly record: string;
  readonly lock: string;
  readonly log: string;
}

/** The record of the living holder; null where none lives. */
export async function findHolder(files: HolderFiles): Promise<ProcessRecord | null> {
  const record = parseRecord((await readIfExists(files.record)) ?? '');
  return record !== null && (await isStaying(record)) ? record : null;
}

/**
 * Starts a holder: pid 1 of a new pid and mount namespace. It outlives this process, and with it dies everything
 * inside. It writes its own record, so that no crash of ours leaves one that cannot be found again.
 *
 * @throws FleetliftError E-RELAY-DISK where it does not come up within 30 s
 */
export async function startHolder(files: HolderFiles, keepFolder: string): Promise<ProcessRecord> {
  const end = Date.now() + 30_000;
  let said = '';
  while (Date.now() < end) {
    const found = await findHolder(files);
    if (found !== null) return found;
    said = await spawnHolder(files, keepFolder);
    // It ended at once: another one has come up meanwhile, or an old one is still being taken apart.
    if (said !== '') await delay(50);
  }
  throw new FleetliftError('E-RELAY-DISK', { message: `the job's namespace did not come up: ${said}` });
}

/** Spawns a holder and waits for its record; answers what it said where it ended before. */
async function spawnHolder(files: HolderFiles, keepFolder: string): Promise<string> {
  const log = await open(files.log, 'w', 0o600);
  try {
    const child = spawn('unshare', [...unshareOptions, 'sh', '-c', holderScript, 'fleetlift-holder'], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        ...holderEnvironment(files, keepFolder),
      },
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code) => resolve(`it ended with ${String(code)}`));
    });
    child.unref();
    const over = new AbortController();
    const up = async (): Promise<boolean> => (await findHolder(files)) !== null;
    const came = until(up, { deadlineMs: 20_000, signal: over.signal }).then(() => '');
    const outcome = await Promise.race([came.catch(() => ''), ended]);
    over.abort();
    return outcome === '' ? '' : `${outcome}: ${((await readIfExists(files.log)) ?? '').slice(-1024)}`;
  } finally {
    await log.close();
  }
}

const unshareOptions = ['--mount', '--pid', '--fork', '--kill-child=KILL', '--propagation', 'private'];

function holderEnvironment(files: HolderFiles, keepFolder: string): Record<string, string> {
  return {
    FLEETLIFT_RECORD: files.record,
    FLEETLIFT_LOCK: files.lock,
    FLEETLIFT_KEEP: keepFolder,
  };
}

/**
 * What pid 1 of the namespace does. Its lock is held as long as it lives, so there is never a second holder.
 * It reads its pid from the host's /proc before it mounts its own. Mounts of the host that the job has no use for
 * are let go of: a copy in here would keep a disk busy that the operator unmounts outside.
 */
const holderScript = `
set -eu
exec 9>"$FLEETLIFT_LOCK"
flock -n 9 || { echo 'another holder lives' >&2; exit 75; }
read -r stat </proc/self/stat
pid=\${stat%% *}
set -- \${stat##*) }
start=\${20}
mounts=$(while read -r _ _ _ _ point _; do printf '%s\\n' "$point"; done </proc/self/mountinfo)
IFS='
'
set -f
for escaped in $mounts; do
  case $escaped in
    *\\\\*) point=$(printf '%b' "$(printf '%s' "$escaped" | sed 's/\\\\\\([0-7]\\{3\\}\\)/\\\\0\\1/g')") ;;
    *) point=$escaped ;;
  esac
  case "$FLEETLIFT_KEEP/" in "\${point%/}"/*) continue ;; esac
  case "$point/" in
    /usr/*|/bin/*|/sbin/*|/lib*/*|/etc/*|/opt/*|/nix/*|/gnu/*|/dev/*|/proc/*|/sys/*) continue ;;
  esac
  umount -l "$point" 2>/dev/null || :
done
mount -t proc proc /proc
printf '%s %s\\n' "$pid" "$start" >"$FLEETLIFT_RECORD.new"
mv "$FLEETLIFT_RECORD.new" "$FLEETLIFT_RECORD"
trap : TERM INT HUP
sleep infinity 9>&- &
while :; do wait $!; done
`;
