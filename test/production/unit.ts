/** What a systemd unit of deploy/systemd takes from its program, without systemd: this machine may have none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';

const CAPABILITIES = 'CapabilityBoundingSet';
/** What `PROTECT` does, as the unit says it. */
const PROTECTED = ['NoNewPrivileges=yes', 'ProtectSystem=full', 'ProtectHome=yes', 'UMask=0077'];

/**
 * Words before a command of root's that give it the unit's capabilities, `NoNewPrivileges`, `UMask`,
 * `ProtectSystem=full` and `ProtectHome`: folders of the system read-only and homes empty, in a mount namespace that
 * still hears of the host's mounts, as systemd makes it. Its device policy is shown where a systemd is: on a machine.
 * @throws Error where the unit does not say what is expected of it
 */
export function confinedBy(unit: string): string[] {
  const text = readFileSync(join(PROJECT_DIR, 'deploy', 'systemd', unit), 'utf8');
  for (const line of PROTECTED) {
    if (!text.split('\n').includes(line)) throw new Error(`${unit} does not say ${line}`);
  }
  const granted = new RegExp(`^${CAPABILITIES}=(.+)$`, 'm').exec(text)?.[1]?.split(' ');
  if (granted === undefined) throw new Error(`${unit} does not say ${CAPABILITIES}`);
  const bounding = ['-all', ...granted.map((name) => `+${name.toLowerCase().replace('cap_', '')}`)];
  return [
    ...['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', PROTECT, 'protect'],
    ...['setpriv', '--no-new-privs', '--bounding-set', bounding.join(',')],
  ];
}

const PROTECT = `
set -eu
umask 077
for folder in /usr /boot /etc; do
  mount --bind "$folder" "$folder"
  mount -o remount,bind,ro "$folder"
done
for folder in /home /root /run/user; do
  [ ! -d "$folder" ] || mount -t tmpfs -o ro,size=4k,mode=000 protected "$folder"
done
exec "$@"
`;
