import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ClientChannel, TcpConnectionDetails } from 'ssh2';
import { FleetliftError } from '../errors/FleetliftError.js';
import { abortReason } from './abort.js';
import type { Link } from './link.js';
import { openSocket } from './socket.js';
import type { Place, Tunnel } from './types.js';

const LOOPBACK = '127.0.0.1';
/** Time for a connection of the server's to reach its place on our side. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Has the server listen on a port of its loopback, and carries every connection there to a place as seen from here,
 * for as long as the link lives.
 * @throws FleetliftError E-TUNNEL where the server's sshd does not allow it, E-LINK-LOST; the signal's reason where it
 *   is aborted.
 */
export function openTunnel(link: Link, to: Place, signal: AbortSignal | undefined): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      forget();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const lost = (why: Error): void => {
      const message = `${link.name}: ${why.message}`;
      settle(() => reject(new FleetliftError('E-LINK-LOST', { message, cause: why })));
    };
    const onAbort = (): void => {
      settle(() => {
        if (signal) reject(abortReason(signal));
      });
    };
    const forget = link.onBroken(lost);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else if (link.broken !== null) lost(link.broken);
    else
      try {
        link.client.forwardIn(LOOPBACK, 0, (error, port) => {
          if (error === undefined) settle(() => resolve(carryAll(link, port, to)));
          else if (isRefusal(error)) settle(() => reject(refused(link)));
          else lost(error);
        });
      } catch (error) {
        lost(error instanceof Error ? error : new Error(String(error)));
      }
  });
}

/** ssh2's words where the server said no; all others mean that it said nothing. */
function isRefusal(error: Error): boolean {
  return error.message.startsWith('Unable to bind');
}

function refused({ name }: Link): FleetliftError {
  return new FleetliftError('E-TUNNEL', { message: `${name} does not let a port be forwarded to us` });
}

function carryAll(link: Link, port: number, to: Place): Tunnel {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let failure: string | null = null;
  link.onBroken((why) => over.abort(why));
  link.client.on('tcp connection', ({ destPort, srcIP }: TcpConnectionDetails, accept, reject) => {
    if (destPort !== port) return;
    // With GatewayPorts the server listens for its whole network.
    if (srcIP !== LOOPBACK) {
      reject();
      return;
    }
    openSocket(to.address, to.port, CONNECT_TIMEOUT_MS, over.signal).then(
      (socket) => {
        failure = null;
        void join(accept(), socket, over.signal);
      },
      (error: unknown) => {
        failure = error instanceof Error ? error.message || error.name : String(error);
        if (!over.signal.aborted) reject();
      },
    );
  });
  return { port, failure: () => failure };
}

/** Each side's end passes on alone, an error ends both; so does the link's end. */
async function join(channel: ClientChannel, socket: Socket, signal: AbortSignal): Promise<void> {
  socket.allowHalfOpen = true;
  // Either may report an error once more after its end, and an unheard one would end the process.
  for (const one of [channel, socket]) one.on('error', () => undefined);
  // What breaks one side breaks the other: whoever uses the connection is told by its own end.
  await Promise.allSettled([pipeline(channel, socket, { signal }), pipeline(socket, channel, { signal })]);
}
