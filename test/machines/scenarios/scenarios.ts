import type { Fleetlift } from '../../e2e/fleetlift.js';
import { bootEntries } from './bootEntries.js';
import { busyDatabase } from './busy.js';
import { clockADayOff } from './clock.js';
import { clones, clonesInTurns } from './clones.js';
import { fullSnapshot } from './fullSnapshot.js';
import { oldInitramfs } from './oldInitramfs.js';
import { powerCutDuringSync } from './powerCut.js';

/** Something that is shown once, on a machine of its own. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /**
   * @param number - of the lab's server that it is played on, which is not there yet, nor is the one after it
   * @returns what was seen, in a few words
   * @throws Error with what was not as it should be
   */
  readonly play: (fleetlift: Fleetlift, number: number) => Promise<string>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'written-to',
    summary:
      'a database that is never stopped: what was committed before the snapshot is in the image, none half',
    play: busyDatabase,
  },
  {
    name: 'full-snapshot',
    summary: 'a snapshot that runs full fails the pass, not the server',
    play: fullSnapshot,
  },
  {
    name: 'power-cut',
    summary: 'a source loses its power during the sync and comes back: the job goes on by itself',
    play: powerCutDuringSync,
  },
  {
    name: 'clock',
    summary: 'a source whose clock is a day off is found by preflight, with its remedy',
    play: clockADayOff,
  },
  {
    name: 'old-initramfs',
    summary: 'foreign hardware: without the new initramfs the boot fails, with it it works',
    play: oldInitramfs,
  },
  {
    name: 'boot-entries',
    summary: 'what grub2-mkconfig of the RHEL family writes is read by our GRUB, which has no blscfg',
    play: bootEntries,
  },
  {
    name: 'clones',
    summary: 'two servers of one template, btrfs among them, in one migration on one relay: told apart',
    play: clones,
  },
  {
    name: 'clones-in-turns',
    summary: 'the same two, where the relay’s kernel is taken for one that mounts one of them at a time',
    play: clonesInTurns,
  },
];
