import type { SourceFacts } from '../../model/facts.js';
import type { Server } from '../../model/fleet.js';
import type { ReplicaPlan } from '../../model/plan.js';

/** What an image is made from, besides the replica's disks. */
export interface ImageOrder {
  readonly facts: SourceFacts;
  readonly plan: ReplicaPlan;
  readonly server: Server;
}

/** The same, as the rules see it. */
export interface ImageRequest extends ImageOrder {
  /** Initramfs with virtio that the agent built on the source: its file on the relay; null: none. */
  readonly initramfs: string | null;
}

export interface ImageOptions {
  readonly signal?: AbortSignal | undefined;
  /** What goes on, with bytes done and in all where they are known. */
  readonly onProgress?: ((detail: string, done?: number, total?: number) => void) | undefined;
}
