import { agentOutputError } from './agentOutput.js';
import { countOf } from './values.js';

export interface Space {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Free to users without privileges. */
  readonly availableBytes: number;
  /** 0 where inodes are not counted (btrfs, vfat). */
  readonly usedInodes: number;
}

/** Reads `stat -f -c '%S %b %f %a %c %d'`. */
export function parseSpace(text: string, what: string): Space {
  const fields = text.trim().split(' ');
  if (fields.length !== 6) throw agentOutputError(`not what stat -f says of ${what}`);
  const number = (index: number) => countOf(fields[index], `stat -f of ${what}`);
  const blockBytes = number(0);
  const space = {
    totalBytes: number(1) * blockBytes,
    usedBytes: Math.max(0, number(1) - number(2)) * blockBytes,
    availableBytes: number(3) * blockBytes,
    usedInodes: Math.max(0, number(4) - number(5)),
  };
  if (!Object.values(space).every(Number.isSafeInteger))
    throw agentOutputError(`${what} is too large to be true`);
  return space;
}
