/**
 * The name of the file that a log becomes: its path below the job's folder, `boot/uefi/serial.log` as
 * `boot-uefi-serial.log`. The path comes from a relay: nothing in it leads to another folder, or hides the file.
 */
export function logFileName(path: string): string {
  return path
    .split('/')
    .map((part) => part.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, ''))
    .filter((part) => part !== '')
    .join('-');
}
