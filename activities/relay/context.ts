import type { JobContext } from '../../src/model/activities.js';
import type { RelayContext } from '../../src/relay/types.js';

/** What a relay worker is told at its start; a folder of its own wins over the inventory's. */
export interface RelayHome {
  readonly name: string;
  readonly dir: string;
  /** Where the booted images' SSH port is opened: 127.0.0.1 when orchestrator and relay are one machine. */
  readonly bootAddress: string | null;
}

/** The relay of a job as the code of src/relay wants it. */
export function relayContext(home: RelayHome, relay: JobContext['relay']): RelayContext {
  return {
    name: home.name,
    dir: relay.dir ?? home.dir,
    port: relay.port,
    address: relay.address ?? '0.0.0.0',
  };
}
