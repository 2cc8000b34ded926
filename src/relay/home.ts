import type { Logger } from 'pino';
import { reconcileBoots, stopBoots } from './boot/boot.js';
import { stopReceiver } from './receiver/receiver.js';
import { reconcile, suspendReplicas } from './replica/replica.js';
import type { RelayContext } from './types.js';

/** What a relay worker is told at its start. */
export interface RelayHome {
  readonly name: string;
  /** Folder for jobs whose inventory names none. */
  readonly dir: string;
  /** Servers of a migration at a time at most; null: as the inventory says. */
  readonly slots: number | null;
  /** Where the booted images' SSH port is opened; null: on the relay's own address. */
  readonly bootAddress: string | null;
  /** Ends receivers, namespaces and boots of this relay: for a graceful end of its process. */
  close(): Promise<void>;
}

/** Cleans up or adopts what a dead worker left in the relay's folder; says what it did in the log. */
export async function createRelayHome(
  role: Pick<RelayHome, 'name' | 'dir' | 'slots' | 'bootAddress'>,
  logger: Logger,
): Promise<RelayHome> {
  const relay: RelayContext = { name: role.name, dir: role.dir, port: 0, address: '0.0.0.0' };
  for (const deed of [...(await reconcile(relay)), ...(await reconcileBoots(relay))]) {
    logger.info({ relay: role.name }, deed);
  }
  return {
    ...role,
    async close() {
      await stopReceiver(relay);
      await stopBoots(relay);
      await suspendReplicas(relay);
    },
  };
}
