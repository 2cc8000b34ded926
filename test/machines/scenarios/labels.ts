import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { LabShell } from '../../e2e/labShell.js';
import { OperatedMachine } from '../OperatedMachine.js';
import { imagesOf, machineOf, migrateProfile } from '../runProfile.js';

/** What a relabel would change, without changing it. */
const DRY_RELABEL = 'restorecon -nrv /boot /etc /usr/sbin /var/lib | sort';
/** What the boot said of a relabel; nothing is exit 1 for grep. */
const RELABELLED = 'journalctl -b -o cat | grep -iE "relabell?ing|relabel is required" || true';

/** The image of a server that enforces SELinux boots enforcing, and its labels are right then, without a relabel. */
export async function labels(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('selinux'));
  const onSource = linesOf(await new LabShell(machine).run(DRY_RELABEL));
  const server = await migrateProfile(fleetlift, machine);
  const operated = await OperatedMachine.boot(machine, imagesOf(server), 'bios');
  try {
    const mode = (await operated.run('getenforce')).trim();
    if (mode !== 'Enforcing') throw new Error(`SELinux is ${mode} in the image`);
    const relabelled = (await operated.run(RELABELLED)).trim();
    if (relabelled !== '') throw new Error(`its boot relabelled: ${relabelled}`);
    const wrong = linesOf(await operated.run(DRY_RELABEL)).filter((line) => !onSource.includes(line));
    if (wrong.length > 0) throw new Error(`wrong in the image only: ${wrong.slice(0, 10).join('\n')}`);
    return `enforcing after its boot, which relabelled nothing; a relabel would change what it would on the source (${onSource.length} paths)`;
  } finally {
    await operated.dispose();
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
