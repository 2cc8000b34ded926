import type { ErrorCode } from '../errors/catalogue.js';
import { FleetliftError } from '../errors/FleetliftError.js';

/** Meanings from rsync's manual; SMC shows the same codes shifted by 8 bits (3072 = 12 << 8, 7680 = 30 << 8). */
const CODES: Readonly<Record<number, { code: ErrorCode; meaning: string }>> = {
  5: { code: 'E-RSYNC-FAILED', meaning: 'the receiver refused the transfer' },
  10: { code: 'E-LINK-LOST', meaning: 'error in socket I/O' },
  11: { code: 'E-RSYNC-IO', meaning: 'error in file I/O' },
  12: { code: 'E-RSYNC-PROTOCOL', meaning: 'the protocol data stream broke' },
  20: { code: 'E-LINK-LOST', meaning: 'ended by a signal' },
  23: { code: 'E-RSYNC-IO', meaning: 'some files could not be transferred' },
  30: { code: 'E-RSYNC-TIMEOUT', meaning: 'timeout in data send or receive' },
  35: { code: 'E-RSYNC-TIMEOUT', meaning: 'timeout waiting for the receiver' },
  127: { code: 'E-RSYNC-MISSING', meaning: 'rsync is not installed' },
  255: { code: 'E-LINK-LOST', meaning: 'ssh to the relay failed or broke' },
};

/** Vanished while it was read: normal on a server that lives. */
const VANISHED = 24;

/** Judges rsync's exit code; null: the pass is good. The error's message quotes rsync's last words. */
export function rsyncError(exitCode: number, stderrTail: string): FleetliftError | null {
  if (exitCode === 0 || exitCode === VANISHED) return null;
  const known = CODES[exitCode] ?? (exitCode > 128 ? CODES[20] : undefined);
  const words = lastWords(stderrTail);
  return new FleetliftError(known?.code ?? 'E-RSYNC-FAILED', {
    message: `rsync ended with ${String(exitCode)} (${known?.meaning ?? 'an unexpected code'})${words === '' ? '' : `: ${words}`}`,
  });
}

function lastWords(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-3)
    .join(' | ')
    .slice(-600);
}
