import { FleetliftError } from '../../src/errors/FleetliftError.js';
import type { JobContext } from '../../src/model/activities.js';
import type { RelayReach } from '../../src/preflight/relayReach.js';
import type { Place, SshSession } from '../../src/ssh/types.js';

/** How a source reaches its relay, for as long as the session lives that was asked. */
export interface RelayWay {
  /** Where the source connects to. */
  readonly entry: Place;
  /** What has come of it so far. */
  reach(): RelayReach;
}

/**
 * The one place that decides where a source sends to: the relay's own address as the source sees it or, with
 * `sync.network: tunnel`, a port of the source's own loopback that leads to the relay as the orchestrator sees it.
 * @param port - the receiver's on the relay
 * @throws FleetliftError E-TUNNEL, E-LINK-LOST, and E-RELAY-UNREACHABLE where the address cannot be told
 */
export async function openRelayWay(
  { server, relay }: JobContext,
  port: number,
  session: SshSession,
  signal: AbortSignal,
): Promise<RelayWay> {
  if (server.sync.network === 'tunnel') {
    const place = { address: relay.address ?? '127.0.0.1', port };
    const tunnel = await session.openTunnel(place, signal);
    return {
      entry: { address: '127.0.0.1', port: tunnel.port },
      reach: () => ({ ...place, tunnelled: true, failure: tunnel.failure() }),
    };
  }
  const address = relay.address ?? session.localAddress;
  if (address === null) {
    throw new FleetliftError('E-RELAY-UNREACHABLE', {
      message: `${server.name} is reached through a jump host, so the relay's own address cannot be told from the connection`,
      remedy: `set relays[].address of relay ${relay.name} to the address that the server reaches, or sync.network: tunnel`,
    });
  }
  const entry = { address, port };
  return { entry, reach: () => ({ ...entry, tunnelled: false, failure: null }) };
}
