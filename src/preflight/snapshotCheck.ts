import { judgeSnapshots, type SnapshotVerdict } from '../plan/snapshots.js';
import type { Check } from './types.js';

const NAMES = { lvm: 'LVM', btrfs: 'btrfs' };

/** Only where there is LVM or btrfs: elsewhere nothing can be read as of one moment, and nothing can be done about it. */
export const SNAPSHOT_CHECK: Check = {
  id: 'snapshots',
  what: 'what the last pass reads from snapshots',
  run: (facts, { server }) => {
    if (server.sync.snapshot === 'off') return null;
    const copied = facts.filesystems.filter(({ features }) => features.family !== 'other');
    if (!copied.some(({ type, layers }) => type === 'btrfs' || layers[0] === 'lvm')) return null;
    const verdicts = judgeSnapshots(facts, copied);
    const parts = [
      listed('as of one moment', verdicts, ({ snapshot }) => snapshot !== null),
      listed('as it runs', verdicts, ({ snapshot }) => snapshot === null),
    ];
    const message = `the last pass reads ${parts.filter((part) => part !== null).join('; ')}`;
    return { code: 'I-SNAPSHOT', message };
  },
};

function listed(
  how: string,
  verdicts: readonly SnapshotVerdict[],
  test: (verdict: SnapshotVerdict) => boolean,
): string | null {
  const names = verdicts.filter(test).map((verdict) => {
    const why = verdict.snapshot === null ? verdict.reason : NAMES[verdict.snapshot.kind];
    return `${verdict.mountpoint} (${why})`;
  });
  return names.length === 0 ? null : `${how} ${names.join(', ')}`;
}
