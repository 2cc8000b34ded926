/**
 * Users that QEMU runs as. systemd's table of uids (UIDS-GIDS) leaves 0x70000000 to 0x7ffdffff to nobody, so no file and
 * no process of the machine belongs to them. Each boot has its own, from its port.
 */
const FIRST_UID = 2_000_000_000;

/** User of the KVM probe. */
export const PROBE_UID = FIRST_UID;

/** User of the boot with that forwarded port. */
export function bootUid(port: number): number {
  return FIRST_UID + port;
}
