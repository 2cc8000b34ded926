import type { InitramfsWait, KernelFacts, SourceFacts } from '../model/facts.js';
import type { ImageFormat } from '../model/fleet.js';
import { awaitedVolumes, lackOf } from './initramfsLack.js';

const WORDS: Readonly<Record<InitramfsWait, string>> = {
  lvm: 'LVM',
  raid: 'RAID',
  luks: 'LUKS',
  multipath: 'multipath',
  'device-mapper': 'device-mapper',
  resume: 'swap to resume from',
};

/** Why an image needs another initramfs for a kernel, as a sentence about its own goes on; null: that can stay. */
export function initramfsReason(kernel: KernelFacts, facts: SourceFacts, format: ImageFormat): string | null {
  switch (lackOf(kernel, facts, format)) {
    case 'virtio':
      return 'lacks virtio drivers';
    case 'layers': {
      const volumes = awaitedVolumes(kernel, facts).map((one) => WORDS[one]);
      return `waits for volumes that become plain partitions (${volumes.join(', ')})`;
    }
    case 'platform':
      return format === 'vpc'
        ? 'lacks the disk driver of Hyper-V and Azure (hv_storvsc)'
        : 'lacks the disk drivers of VMware (vmw_pvscsi, mptspi)';
    case null:
      return null;
  }
}
