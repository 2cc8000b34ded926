import type { Firmware } from '../../model/fleet.js';

export interface QemuMachine {
  readonly firmware: Firmware;
  readonly accelerator: 'kvm' | 'tcg';
  readonly cores: number;
  readonly memoryMiB: number;
  /** Formats of the disks, the system disk first; their files are `image0`, `image1` … in {@link INSIDE.images}. */
  readonly formats: readonly string[];
  /** Where the guest's SSH port is opened, on {@link GUEST_ADDRESS}. */
  readonly port: number;
  readonly guestPort: number;
}

/** Where QEMU opens the guest's SSH port: the only address that a guest of a restricted network can answer. */
export const GUEST_ADDRESS = '127.0.0.1';

/** Places in QEMU's own mount namespace, where the launcher binds them. */
export const INSIDE = { images: '/mnt/images', guest: '/mnt/guest' } as const;

/** Firmware code of package ovmf; the variables are a copy of the boot's own. */
export const OVMF = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  variables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
} as const;

/**
 * Everything that QEMU emulates, since newer distributions want a newer processor than QEMU's default, but for two
 * signs by which a guest copies and clears memory with `rep movsb`: QEMU emulates that byte by byte. A boot takes a
 * quarter less time without them.
 */
const EMULATED_CPU = 'max,erms=off,fsrm=off';

/**
 * QEMU's command line for a verification boot: writes go to overlays that are deleted as soon as they are open, the
 * guest's network ends at QEMU but for the one forwarded port, and QEMU may not start, trace or become anything.
 */
export function qemuArguments(machine: QemuMachine): string[] {
  const { port, guestPort } = machine;
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'std'],
    ...['-machine', 'q35', '-accel', machine.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', machine.accelerator === 'kvm' ? 'host' : EMULATED_CPU],
    ...['-smp', String(machine.cores), '-m', String(machine.memoryMiB), '-rtc', 'base=utc'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...(machine.firmware === 'uefi' ? uefiArguments() : []),
    ...machine.formats.flatMap(diskArguments),
    ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:${GUEST_ADDRESS}:${port}-:${guestPort}`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...['-device', 'virtio-rng-pci'],
    ...['-serial', `file:${INSIDE.guest}/serial.log`],
    ...['-qmp', `unix:${INSIDE.guest}/qmp.sock,server=on,wait=off`],
  ];
}

function uefiArguments(): string[] {
  return [
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${OVMF.code}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${INSIDE.guest}/efivars.fd`],
  ];
}

function diskArguments(format: string, index: number): string[] {
  const drive = `if=none,id=disk${index},format=${format},file=${INSIDE.images}/image${index}`;
  return [
    ...['-drive', `${drive},snapshot=on,cache=unsafe,discard=unmap`],
    ...['-device', `virtio-blk-pci,drive=disk${index},bootindex=${index + 1}`],
  ];
}
