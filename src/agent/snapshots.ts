/** The agent's snapshots: what it is asked to take, and what it says of them. */
import { FleetliftError } from '../errors/FleetliftError.js';
import type { PlannedSnapshot } from '../model/plan.js';
import { readable } from './facts/values.js';
import { encodeSpec, idLines } from './spec.js';

/** How the agent's snapshots are. */
export type SnapshotStatus =
  | {
      readonly held: true;
      /** By filesystem, why it can no longer be read; null: it can. */
      readonly failures: ReadonlyMap<string, string | null>;
    }
  | { readonly held: false; readonly reason: string };

/** What `snapshot-take` reads. */
export function encodeSnapshotSpec(snapshots: readonly PlannedSnapshot[]): string {
  const files: Record<string, string> = {
    filesystems: idLines(snapshots.map(({ filesystem }) => filesystem)),
  };
  for (const snapshot of snapshots) Object.assign(files, snapshotFiles(snapshot));
  return encodeSpec(files);
}

function snapshotFiles(snapshot: PlannedSnapshot): Record<string, string> {
  const { filesystem: id, kind, mountpoint } = snapshot;
  const files = { [`${id}.kind`]: kind, [`${id}.mountpoint`]: mountpoint };
  if (snapshot.kind === 'btrfs') return { ...files, [`${id}.device`]: snapshot.device };
  return {
    ...files,
    [`${id}.type`]: snapshot.type,
    [`${id}.group`]: snapshot.group,
    [`${id}.volume`]: snapshot.volume,
    [`${id}.extents`]: String(snapshot.extents),
  };
}

/**
 * Reads the agent's answer: `gone REASON`, or a line for each of its snapshots, and at last `end`.
 * @throws E-AGENT-OUTPUT
 */
export function parseSnapshotStatus(output: Buffer): SnapshotStatus {
  const lines = output.toString('utf8').trimEnd().split('\n');
  if (lines.at(-1) !== 'end') throw broken(output);
  const failures = new Map<string, string | null>();
  for (const line of lines.slice(0, -1)) {
    const reason = /^gone (.+)$/.exec(line)?.[1];
    if (reason !== undefined) return { held: false, reason: readable(reason, 300) };
    const [, kind, id = '', words = ''] = /^(lvm|btrfs) ([a-z0-9]{1,64})(?: (.*))?$/.exec(line) ?? [];
    // What tools say beside is none.
    if (kind === undefined) continue;
    failures.set(id, kind === 'lvm' ? judgeVolume(words.trim()) : judgeSubvolumes(words));
  }
  return { held: true, failures };
}

/**
 * Why the snapshots of these filesystems can no longer be read; null: all of them can.
 * @param filesystems - their ids; each must be among those that the agent tells of
 */
export function snapshotFailure(status: SnapshotStatus, filesystems: readonly string[]): string | null {
  if (!status.held) return status.reason;
  for (const id of filesystems) {
    const failure = status.failures.get(id);
    if (failure === undefined) return `${id}: its snapshot is unknown`;
    if (failure !== null) return `${id}: ${failure}`;
  }
  return null;
}

/**
 * By lv_attr and snap_percent of lvs(8): the fifth attribute is `a` for one that is active, `s` where it stands still for
 * a moment, `I` or `S` where it is invalid. A full one is as good as that, since it is with the next write.
 */
function judgeVolume(words: string): string | null {
  const [, attributes, percent] = /^([A-Za-z-]{6,32})\|([0-9]{1,3}(?:\.[0-9]{1,4})?)?$/.exec(words) ?? [];
  if (attributes === undefined) return 'its snapshot is gone';
  if ('IS'.includes(attributes.charAt(4)) || Number(percent ?? 0) >= 100) return 'its snapshot ran full';
  return /^s...[as]/.test(attributes) ? null : 'its snapshot cannot be read';
}

/** By how many snapshots of subvolumes there are, and should be. */
function judgeSubvolumes(words: string): string | null {
  const [, there, wanted] = /^([0-9]{1,6}) ([0-9]{1,6})$/.exec(words) ?? [];
  return wanted !== undefined && there === wanted && wanted !== '0' ? null : 'its snapshots are gone';
}

function broken(output: Buffer): FleetliftError {
  return new FleetliftError('E-AGENT-OUTPUT', {
    message: `not how snapshots are: ${JSON.stringify(output.toString('utf8').slice(0, 200))}`,
  });
}
