import { join } from 'node:path';
import type { LabMachine } from '../../lab/servers.js';
import { systemFolder } from '../../lab/vm/trees.js';
import type { ServerResult } from '../../src/model/job.js';
import { OperatedMachine } from './OperatedMachine.js';

/**
 * Does to an image what its operator does after cutover: `update-grub`, the kernel's package once more, `grub-install`,
 * and a second boot. The package is carried in, since a verifying boot has no network.
 * @param timed - notes what a part of it took
 * @returns seconds of the second boot
 */
export async function operate(
  machine: LabMachine,
  server: ServerResult,
  timed: <T>(what: string, work: Promise<T>) => Promise<T>,
): Promise<number> {
  const { firmware, system } = machine.kind;
  const kernel = join(await systemFolder(system, () => undefined), 'kernel.deb');
  const images = server.images.map(({ path }) => path);
  const operated = await timed('operated boot', OperatedMachine.boot(machine, images, firmware));
  try {
    const release = (await operated.run('uname -r')).trim();
    await timed('update-grub', operated.run('update-grub'));
    await operated.run('cat >/root/kernel.deb', kernel);
    await timed('dpkg', operated.run('DEBIAN_FRONTEND=noninteractive dpkg -i /root/kernel.deb'));
    const install =
      firmware === 'uefi' ? '--target=x86_64-efi --uefi-secure-boot' : '--target=i386-pc /dev/vda';
    await timed('grub-install', operated.run(`grub-install ${install}`));
    const seconds = await operated.reboot();
    const again = (await operated.run('uname -r')).trim();
    if (again !== release) throw new Error(`the second boot has kernel ${again}, not ${release}`);
    return seconds;
  } finally {
    await operated.dispose();
  }
}
