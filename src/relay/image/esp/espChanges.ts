import type { ImageChange } from '../../../model/job.js';
import type { FileHashes } from './fileHashes.js';

/** In what the files of the image's ESP differ from those that came from the source, in the order of their paths. */
export function espChanges(
  before: FileHashes,
  after: FileHashes,
  { mountpoint, ...about }: Pick<ImageChange, 'disk' | 'reason'> & { readonly mountpoint: string },
): ImageChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key): ImageChange[] => {
    const [old, now] = [before.get(key), after.get(key)];
    if (old?.sha256 === now?.sha256) return [];
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    const path = `${mountpoint}/${(now ?? old)?.path ?? key}`;
    return [{ ...about, path, change, what: change === 'changed' ? 'content' : '' }];
  });
}
