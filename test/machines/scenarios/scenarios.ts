import type { ProfileName } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { bootEntries } from './bootEntries.js';
import { busyDatabase } from './busy.js';
import { clockADayOff } from './clock.js';
import { clones, clonesInTurns } from './clones.js';
import { fullSnapshot } from './fullSnapshot.js';
import { labels } from './labels.js';
import { luksConsent } from './luksConsent.js';
import { oldInitramfs } from './oldInitramfs.js';
import { powerCutDuringSync } from './powerCut.js';
import { secureBoot } from './secureBoot.js';
import { units } from './units.js';

/** Something that is shown once. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Of the machine that it is played on. */
  readonly profile: ProfileName;
  /**
   * @param number - of that machine, which has been migrated where its profile's row was asked for, or is still to be
   *   made; the number after it is free for a copy
   * @returns what was seen, in a few words
   * @throws Error with what was not as it should be
   */
  readonly play: (fleetlift: Fleetlift, number: number) => Promise<string>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'written-to',
    profile: 'busy',
    summary:
      'a database that is never stopped: what was committed before the snapshot is in the image, none half',
    play: busyDatabase,
  },
  {
    name: 'full-snapshot',
    profile: 'lvm',
    summary: 'a snapshot that runs full fails the pass, not the server',
    play: fullSnapshot,
  },
  {
    name: 'power-cut',
    profile: 'lvm',
    summary: 'a source loses its power during the sync and comes back: the job goes on by itself',
    play: powerCutDuringSync,
  },
  {
    name: 'units',
    profile: 'lvm',
    summary:
      'the systemd units of relay and orchestrator: what they grant is enough, what they take is taken',
    play: units,
  },
  {
    name: 'old-initramfs',
    profile: 'foreign',
    summary: 'foreign hardware: without the new initramfs the boot fails, with it it works',
    play: oldInitramfs,
  },
  {
    name: 'secure-boot',
    profile: 'uefi',
    summary:
      'the image boots by a firmware that enforces Secure Boot, through the server’s own shim and GRUB',
    play: secureBoot,
  },
  {
    name: 'luks-consent',
    profile: 'luks',
    summary: 'an encrypted volume is refused where the inventory does not consent',
    play: luksConsent,
  },
  {
    name: 'labels',
    profile: 'selinux',
    summary: 'SELinux enforces in the booted image, with the right labels and no relabel',
    play: labels,
  },
  {
    name: 'boot-entries',
    profile: 'new',
    summary: 'what grub2-mkconfig of the RHEL family writes is read by our GRUB, which has no blscfg',
    play: bootEntries,
  },
  // Its machine’s clock is wrong from then on.
  {
    name: 'clock',
    profile: 'new',
    summary: 'a source whose clock is a day off is found by preflight, with its remedy',
    play: clockADayOff,
  },
  {
    name: 'clones',
    profile: 'btrfs',
    summary: 'two servers of one template, btrfs among them, in one migration on one relay: told apart',
    play: clones,
  },
  {
    name: 'clones-in-turns',
    profile: 'btrfs',
    summary: 'the same two, where the relay’s kernel is taken for one that mounts one of them at a time',
    play: clonesInTurns,
  },
];
