import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { LabShell } from '../../e2e/labShell.js';
import { OperatedMachine } from '../OperatedMachine.js';
import { imagesOf, machineOf, migrateMachine } from '../runProfile.js';

/** Makes a boot entry and GRUB's folder as the RHEL family has them. */
const AS_RHEL = `
mkdir -p /boot/grub2 /boot/loader/entries
cat >/boot/loader/entries/0123-$(uname -r).conf <<ENTRY
title Linux ($(uname -r))
version $(uname -r)
linux /boot/vmlinuz-$(uname -r)
initrd /boot/initrd.img-$(uname -r)
options root=/dev/mapper/gone ro
ENTRY
`;
/** The parts of what `grub2-mkconfig` of RHEL 9 writes that matter to a GRUB which is not its own. */
const MENU_OF_RHEL = `
set pager=1
if [ -f \${config_directory}/grubenv ]; then
  load_env -f \${config_directory}/grubenv
fi
set default="\${saved_entry}"
terminal_output console
if [ x$feature_timeout_style = xy ] ; then
  set timeout_style=menu
  set timeout=1
fi
insmod part_gpt
insmod ext2
insmod blscfg
blscfg
if [ -f \${config_directory}/custom.cfg ]; then
  source \${config_directory}/custom.cfg
fi
`;

/** A server with boot entries, in whose image `grub2-mkconfig` is run: our GRUB knows no `blscfg`, and boots all the same. */
export async function bootEntries(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('new'));
  await new LabShell(machine).run(AS_RHEL);
  const server = await migrateMachine(fleetlift, machine, 'boot-entries', { boot: ['bios'] });
  const seconds: number[] = [];
  for (const firmware of ['bios', 'uefi'] as const) {
    const operated = await OperatedMachine.boot(machine, imagesOf(server), firmware);
    try {
      await operated.run(`cat >/boot/grub2/grub.cfg <<'MENU'${MENU_OF_RHEL}MENU`);
      seconds.push(await operated.reboot());
    } finally {
      await operated.dispose();
    }
  }
  return `with a menu of the RHEL family’s own GRUB it boots after ${seconds.join(' and ')} s, under both firmwares`;
}
