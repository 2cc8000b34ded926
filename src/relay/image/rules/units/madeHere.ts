/** Whether a device is no disk of the source: the server makes it of memory, a file or the network, or it is a drive. */
export function isMadeHere(device: string): boolean {
  return /^\/dev\/((zram|ram|loop|nbd|rbd|sr|fd)\d+(p\d+)?|rbd\/.+|cdrom|dvd)$/.test(device);
}
