import type { JobContext } from '../../src/model/activities.js';
import type { RelayHome } from '../../src/relay/home.js';
import type { RelayContext } from '../../src/relay/types.js';

/** The relay of a job as the code of src/relay wants it. */
export function relayContext(
  home: Pick<RelayHome, 'name' | 'dir'>,
  relay: JobContext['relay'],
): RelayContext {
  return {
    name: home.name,
    dir: relay.dir ?? home.dir,
    port: relay.port,
    address: relay.address ?? '0.0.0.0',
  };
}
