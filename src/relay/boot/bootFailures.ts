/** What a guest says on its serial line once it cannot come up any more; first match tells the cause. */
const FAILURES: readonly { readonly pattern: RegExp; readonly meaning: string }[] = [
  { pattern: /Kernel panic - not syncing/, meaning: 'its kernel panicked' },
  {
    pattern: /Give root password for maintenance|You are in (emergency|rescue) mode/,
    meaning: 'it fell into emergency mode',
  },
  { pattern: /root account is locked/, meaning: 'it fell into emergency mode, and root is locked' },
  {
    pattern: /dracut-initqueue.*timeout|Entering emergency mode/,
    meaning: 'its initramfs did not find its disks',
  },
  {
    pattern: /Gave up waiting for (root|suspend)|Dropping to a shell!/,
    meaning: 'its initramfs did not find its disks',
  },
  { pattern: /grub rescue>|Entering rescue mode\.\.\./, meaning: 'GRUB did not find its folder' },
  { pattern: /No bootable option or device was found/, meaning: 'the firmware found nothing to boot' },
];

/** Why a guest will not come up, from what it wrote on its serial line; null: nothing of that kind. */
export function bootFailure(serial: string): string | null {
  return FAILURES.find(({ pattern }) => pattern.test(serial))?.meaning ?? null;
}
