import type { InitramfsWait, SourceFacts } from '../model/facts.js';
import { awaitedVolumes, initramfsLack } from './bootPlan.js';

const WORDS: Readonly<Record<InitramfsWait, string>> = {
  lvm: 'LVM',
  raid: 'RAID',
  luks: 'LUKS',
  multipath: 'multipath',
  'device-mapper': 'device-mapper',
  resume: 'swap to resume from',
};

/** Why the image gets another initramfs, as a sentence about the source's own goes on; null: it keeps that. */
export function initramfsReason(facts: SourceFacts): string | null {
  switch (initramfsLack(facts)) {
    case 'virtio':
      return 'lacks virtio drivers';
    case 'layers': {
      const volumes = awaitedVolumes(facts).map((one) => WORDS[one]);
      return `waits for volumes that become plain partitions (${volumes.join(', ')})`;
    }
    case null:
      return null;
  }
}
