import type { Duplex } from 'node:stream';
import { FleetliftError } from '../errors/FleetliftError.js';
import { abortReason } from './abort.js';
import type { Link } from './link.js';

/**
 * Opens a stream to an address as seen from the other end of a link (a jump host).
 * @throws FleetliftError E-SSH-CONNECT; the signal's reason where it is aborted.
 */
export function forward(
  link: Link,
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      forget();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (why: string): void => {
      settle(() => {
        const message = `${link.name} cannot reach ${address}:${port}: ${why}`;
        reject(new FleetliftError('E-SSH-CONNECT', { message }));
      });
    };
    const onAbort = (): void => {
      settle(() => {
        if (signal) reject(abortReason(signal));
      });
    };
    const timer = setTimeout(() => {
      fail(`no answer in ${Math.round(timeoutMs / 1000)} s`);
    }, timeoutMs);
    const forget = link.onBroken((why) => {
      fail(why.message);
    });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) {
      onAbort();
      return;
    }
    try {
      link.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        if (error) fail(error.message);
        else if (settled) channel.destroy();
        else
          settle(() => {
            resolve(channel);
          });
      });
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  });
}
