import type { FstabEntry } from '../model/plan.js';
import type { BootCheck } from './bootChecks.js';
import { safeLine } from './safeText.js';

export interface ActiveSwap {
  readonly name: string;
  readonly uuid: string | null;
}

/** Every swap of the planned fstab is on. */
export function swapChecks(fstab: readonly FstabEntry[], active: readonly ActiveSwap[]): BootCheck[] {
  const found =
    active.length === 0 ? 'no swap is on' : `on: ${active.map(({ name }) => safeLine(name, 100)).join(', ')}`;
  return fstab
    .filter(({ type, options }) => type === 'swap' && !options.split(',').includes('noauto'))
    .map(({ spec }) => {
      const uuid = /^UUID="?([^"]+)"?$/.exec(spec)?.[1]?.toLowerCase();
      const ok = active.some((swap) =>
        uuid === undefined ? swap.name === spec : swap.uuid?.toLowerCase() === uuid,
      );
      return { name: `swap ${safeLine(spec)}`, ok, detail: found };
    });
}

/** Reads `swapon --show=NAME,UUID --noheadings --raw`. */
export function parseSwaps(text: string): ActiveSwap[] {
  return text.split('\n').flatMap((line) => {
    const [name, uuid] = line.trim().split(/\s+/);
    if (name === undefined || name === '') return [];
    return [{ name, uuid: uuid ?? null }];
  });
}
