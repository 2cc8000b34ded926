/** The steps of a migration as faults meet them: how each is reached, and how it is known to be under way. */
import { readdir, stat } from 'node:fs/promises';
import type { OrchestratorActivities, RelayActivities } from '../../src/model/activities.js';
import { bootFiles } from '../../src/relay/boot/bootFolders.js';
import { livingConnections } from '../../src/relay/receiver/connections.js';
import { bytesInReplica, LARGE_FILE, LARGE_FILE_BYTES } from '../e2e/largeFile.js';
import type { Trial } from './Trial.js';
import type { Sight } from './Watch.js';

export type MomentName =
  | 'preflight'
  | 'import'
  | 'sync'
  | 'verify-data'
  | 'image'
  | 'verify-boot'
  | 'verify-checks'
  | 'clean-up'
  | 'delta'
  | 'cutover';

/** What of a source is sent: all, or all but its large file, which takes half of the time. */
export type Content = 'all' | 'no large file';

/** Migrations with the same way and content cost the same, where nothing strikes them. */
export interface Course {
  /** The way: see journeys.ts. */
  readonly journey: 'once' | 'delta' | 'cutover';
  /** How much of the source is sent: the large file only where what is struck has to do with it. */
  readonly content: Content;
}

export interface Moment extends Course {
  readonly name: MomentName;
  readonly what: string;
  readonly isNow: (sight: Sight, trial: Trial) => boolean | Promise<boolean>;
}

/** What changes on the source between its first sync and its delta. */
export const CHANGED_FILE = 'srv/changed.bin';
export const CHANGED_BYTES = 64 << 20;

type Activity = keyof (OrchestratorActivities & RelayActivities);

const runs =
  (activity: Activity) =>
  ({ running }: Sight): boolean =>
    running.has(activity);
const isWithin = (bytes: number, from: number, to: number): boolean => bytes >= from && bytes < to;
const isConnected = async ({ paths }: Trial): Promise<boolean> =>
  (await livingConnections(paths.receiver)).length > 0;

export const MOMENTS: readonly Moment[] = [
  {
    name: 'preflight',
    what: 'facts are taken',
    journey: 'once',
    content: 'no large file',
    isNow: runs('preflight'),
  },
  {
    name: 'import',
    what: 'the source is locked',
    journey: 'once',
    content: 'no large file',
    isNow: runs('importSource'),
  },
  {
    name: 'sync',
    what: 'the first pass is in the middle of a large file',
    journey: 'once',
    content: 'all',
    isNow: async (sight, { relay, job }) =>
      runs('runPass')(sight) &&
      isWithin(await bytesInReplica(relay, job, LARGE_FILE), 40 << 20, LARGE_FILE_BYTES),
  },
  {
    name: 'verify-data',
    what: 'source and replica are compared by checksum',
    journey: 'once',
    content: 'all',
    isNow: async (sight, trial) => runs('compare')(sight) && (await isConnected(trial)),
  },
  {
    name: 'image',
    what: 'the image is being converted',
    journey: 'once',
    content: 'all',
    isNow: async (sight, { paths }) =>
      runs('buildImage')(sight) &&
      (await readdir(paths.images).catch(() => [])).some((file) => file.endsWith('.new')),
  },
  {
    name: 'verify-boot',
    what: 'the image boots',
    journey: 'once',
    content: 'all',
    isNow: async (sight, { relay, job }) => {
      if (!runs('startBoot')(sight)) return false;
      const { serialLog } = bootFiles(relay, job, 'bios');
      return stat(serialLog).then(
        ({ size }) => size > 0,
        () => false,
      );
    },
  },
  {
    name: 'verify-checks',
    what: 'the booted image is checked',
    journey: 'once',
    content: 'no large file',
    isNow: runs('checkBoot'),
  },
  {
    name: 'clean-up',
    what: 'replica, lock and agent are removed',
    journey: 'once',
    content: 'no large file',
    isNow: ({ step }) => step === 'clean-up',
  },
  {
    name: 'delta',
    what: 'a delta is in the middle of a file',
    journey: 'delta',
    content: 'no large file',
    isNow: async (sight, { relay, job }) =>
      runs('runPass')(sight) &&
      isWithin(await bytesInReplica(relay, job, CHANGED_FILE), 8 << 20, CHANGED_BYTES),
  },
  {
    name: 'cutover',
    what: 'services stand still, and the last delta is sent',
    journey: 'cutover',
    content: 'no large file',
    isNow: async (sight, trial) =>
      runs('holdStill')(sight) && runs('runPass')(sight) && (await isConnected(trial)),
  },
];

export function momentNamed(name: string): Moment {
  const found = MOMENTS.find((moment) => moment.name === name);
  if (found === undefined) throw new RangeError(`there is no step ${name}`);
  return found;
}
