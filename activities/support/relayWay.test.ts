import { expect, it } from 'vitest';
import type { JobContext } from '../../src/model/activities.js';
import type { SshSession } from '../../src/ssh/types.js';
import { openRelayWay } from './relayWay.js';

const PORT = 8703;
const never = new AbortController().signal;

/** Opens the way of a server whose session has that address of ours (null: behind a jump host). */
function wayOf(network: 'direct' | 'tunnel', relayAddress: string | null, localAddress: string | null) {
  const context = {
    server: { name: 'web1', sync: { network } },
    relay: { name: 'local', address: relayAddress },
  } as unknown as JobContext;
  const session = {
    localAddress,
    openTunnel: () => Promise.resolve({ port: 40_000, failure: () => 'ECONNREFUSED' }),
  } as unknown as SshSession;
  return openRelayWay(context, PORT, session, never);
}

it.each([
  ['10.0.0.5', '192.0.2.1', '10.0.0.5'],
  ['10.0.0.5', null, '10.0.0.5'],
  [null, '192.0.2.1', '192.0.2.1'],
])('leads directly to the relay’s address %s, else to ours, %s', async (relay, ours, address) => {
  const way = await wayOf('direct', relay, ours);
  expect(way.entry).toEqual({ address, port: PORT });
  expect(way.reach()).toEqual({ address, port: PORT, tunnelled: false, failure: null });
});

it('cannot be told behind a jump host without the relay’s address', async () => {
  await expect(wayOf('direct', null, null)).rejects.toMatchObject({
    code: 'E-RELAY-UNREACHABLE',
    remedy:
      'set relays[].address of relay local to the address that the server reaches, or sync.network: tunnel',
  });
});

it.each([
  ['10.0.0.5', '10.0.0.5'],
  [null, '127.0.0.1'],
])(
  'leads through a tunnel to the relay’s address %s as the orchestrator reaches it',
  async (relay, address) => {
    const way = await wayOf('tunnel', relay, null);
    expect(way.entry).toEqual({ address: '127.0.0.1', port: 40_000 });
    expect(way.reach()).toEqual({ address, port: PORT, tunnelled: true, failure: 'ECONNREFUSED' });
  },
);
