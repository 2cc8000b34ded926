import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { OperatedMachine } from '../OperatedMachine.js';
import { imagesOf, machineOf, migrateProfile } from '../runProfile.js';

/** Its last byte is 1 where the firmware has checked the signatures of what it started (UEFI 2.10, 3.3). */
const STATE = 'od -An -j4 -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

/** The image of a server with shim and signed GRUB boots by a firmware that starts nothing without Microsoft's signature. */
export async function secureBoot(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('uefi'));
  const server = await migrateProfile(fleetlift, machine);
  const operated = await OperatedMachine.boot(machine, imagesOf(server), 'secure-boot');
  try {
    const state = (await operated.run(STATE)).trim();
    if (state !== '1') throw new Error(`the firmware says ${state} of Secure Boot`);
    const lockdown = (await operated.run('cat /sys/kernel/security/lockdown')).trim();
    return `booted by its own shim and GRUB with Secure Boot enforced; the kernel’s lockdown: ${lockdown}`;
  } finally {
    await operated.dispose();
  }
}
