import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../../lab/paths.js';
import { vmProfile } from '../../../lab/vm/profiles.js';
import { ALONE } from '../../../src/relay/replica/makePartition.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { LabShell } from '../../e2e/labShell.js';
import { machineOf } from '../runProfile.js';

const FOLDER = 'deploy/systemd';
const FILES = [
  ['fleetlift.sysusers.conf', '/usr/lib/sysusers.d/fleetlift.conf'],
  ['fleetlift.env', '/etc/fleetlift/fleetlift.env'],
  ['relay.env', '/etc/fleetlift/relay.env'],
  ['fleetlift-relay.service', '/etc/systemd/system/fleetlift-relay.service'],
  ['fleetlift-worker.service', '/etc/systemd/system/fleetlift-worker.service'],
] as const;

/** What a relay does of what its unit could forbid, by the relay's own words where it has some; then what it may not. */
const RELAY = `
set -eu
cd "$(mktemp -d /srv/relay-XXXXXX)"
truncate -s 64M disk.raw
device=$(losetup --find --show disk.raw)
trap 'umount -l /mnt 2>/dev/null || :; losetup -d "$device"' EXIT
unshare --mount --propagation private sh -c "$ALONE" alone "$device" mkfs.ext4 -q
unshare --mount --propagation private sh -ec '
  mount "$1" /mnt
  mkdir -m 755 /mnt/images
  echo image >/mnt/images/image
  chmod 644 /mnt/images/image
  chmod 755 /mnt
  setpriv --reuid 2000008703 --regid 2000008703 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \\
    cat /mnt/images/image
' mounted "$device"
[ "$(umask)" = 0077 ]
if head -c 1 /dev/vda >/dev/null 2>&1; then echo 'reads a disk of the machine'; exit 1; fi
if touch /usr/probe 2>/dev/null; then echo 'writes to /usr'; exit 1; fi
if ls /home/* >/dev/null 2>&1; then echo 'sees homes'; exit 1; fi
echo all
`;
/** The same of an orchestrator. */
const WORKER = `
set -eu
[ "$(id -un)" = fleetlift ]
echo x >/var/lib/fleetlift-worker/probe
if touch /etc/probe 2>/dev/null || touch /srv/probe 2>/dev/null; then echo 'writes elsewhere'; exit 1; fi
if unshare --user true 2>/dev/null; then echo 'makes namespaces'; exit 1; fi
echo all
`;

/** The units on a machine that has a systemd: what they grant is enough, and what they take is taken. */
export async function units(_: Fleetlift, number: number): Promise<string> {
  const shell = new LabShell(await machineOf(number, vmProfile('lvm')));
  for (const [from, to] of FILES) {
    await writeTo(shell, to, await readFile(join(PROJECT_DIR, FOLDER, from), 'utf8'));
  }
  await shell.run('systemd-sysusers; modprobe loop; install -d /opt/fleetlift/bin /opt/fleetlift/docs');
  await writeTo(shell, '/opt/fleetlift/bin/fleetlift', '#!/bin/sh\n');
  await shell.run('chmod 755 /opt/fleetlift/bin/fleetlift; touch /opt/fleetlift/docs/operating.md');
  const said = await shell.run(
    'systemd-analyze verify fleetlift-relay.service fleetlift-worker.service 2>&1',
  );
  if (/fleetlift/.test(said)) throw new Error(`systemd-analyze verify: ${said}`);
  const told: string[] = [];
  for (const [name, script] of [
    ['relay', RELAY],
    ['worker', WORKER],
  ] as const) {
    const unit = `fleetlift-${name}`;
    const probe = `/opt/fleetlift/bin/probe-${name}`;
    await writeTo(shell, probe, `#!/bin/sh\nALONE='${ALONE.replaceAll("'", "'\\''")}'\n${script}`);
    await writeTo(
      shell,
      `/etc/systemd/system/${unit}.service.d/probe.conf`,
      `[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart=${probe}\n`,
    );
    const outcome = await shell.run(
      `chmod 755 ${probe}; systemctl daemon-reload; systemctl start ${unit} || :; journalctl -u ${unit} -o cat --no-pager`,
    );
    if (!outcome.split('\n').includes('all')) throw new Error(`${unit}: ${outcome}`);
    const exposure = await shell.run(`systemd-analyze security --no-pager ${unit} | tail -n 1`);
    told.push(`${name} can do its work, and ${exposure.replace(/^.*: /, '').replace(/ [^ ]*$/, '')}`);
  }
  return `${told.join('; ')} (exposure, by systemd-analyze)`;
}

async function writeTo(shell: LabShell, path: string, text: string): Promise<void> {
  const base64 = Buffer.from(text).toString('base64');
  await shell.run(`mkdir -p "$(dirname ${path})" && echo ${base64} | base64 -d >${path}`);
}
