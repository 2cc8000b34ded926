import type { Found } from './types.js';

/** What is known of a source's way to its relay. */
export interface RelayReach {
  /** The relay, as whoever connects to it sees it: the source or, for its tunnel, the orchestrator. */
  readonly address: string;
  readonly port: number;
  readonly tunnelled: boolean;
  /** Why it was not reached, as far as the orchestrator sees it; null: nothing is known. */
  readonly failure: string | null;
}

/** What to tell of a relay that a source does not reach. */
export function unreachable({ address, port, tunnelled, failure }: RelayReach): Found {
  const place = `${address}:${String(port)}`;
  const why = failure === null ? '' : ` (${failure})`;
  return tunnelled
    ? {
        code: 'E-RELAY-UNREACHABLE',
        message: `the server’s tunnel does not lead to the relay at ${place}${why}`,
        remedy: `see that the orchestrator reaches ${place}, or correct relays[].address`,
      }
    : {
        code: 'E-RELAY-UNREACHABLE',
        message: `the server does not reach the relay at ${place}${why}`,
        remedy: `open outbound TCP to ${place}, or correct relays[].address; or let it come to us: sync.network: tunnel`,
      };
}
