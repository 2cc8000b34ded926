/** Quantities in the operator's words. Sizes are binary (GiB), rates decimal (MB/s), as disks and links are told. */

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `11.2 GiB` */
export function formatBytes(bytes: number): string {
  const power = powerOf(bytes, 1024);
  return `${scaled(bytes, 1024 ** power)} ${BINARY[power] ?? ''}`;
}

/** `11.2 of 19.6 GiB`: both in the unit of the total. */
export function formatBytesOf(doneBytes: number, totalBytes: number): string {
  const power = powerOf(totalBytes, 1024);
  const unit = 1024 ** power;
  return `${scaled(doneBytes, unit)} of ${scaled(totalBytes, unit)} ${BINARY[power] ?? ''}`;
}

/** `24.1 MB/s` */
export function formatRate(bytesPerSecond: number): string {
  if (bytesPerSecond >= 1e9) return `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`;
  if (bytesPerSecond >= 1e5) return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  return `${(bytesPerSecond / 1e3).toFixed(1)} kB/s`;
}

/** A clock of what has passed: `0:41`, `1:02:03`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const tail = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${tail}`;
}

/** What is left, no more exact than it is known: `40 s`, `5 min`, `3 h 20 min`, `2 days`. */
export function formatEstimate(seconds: number): string {
  if (seconds < 50) return `${Math.max(10, Math.ceil(seconds / 10) * 10)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** `1 server`, `3 servers` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function powerOf(bytes: number, base: number): number {
  let power = 0;
  // 999.95 and above would read as 1000.0: take the next unit.
  while (bytes / base ** power >= 999.95 && power < BINARY.length - 1) power += 1;
  return power;
}

function scaled(bytes: number, unit: number): string {
  return unit === 1 ? String(Math.round(bytes)) : (bytes / unit).toFixed(1);
}
