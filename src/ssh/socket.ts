import { connect, type Socket } from 'node:net';
import { abortReason } from './abort.js';

/**
 * Opens a TCP connection.
 * @throws Error of the system (ECONNREFUSED …), a timeout, or the signal's reason.
 */
export function openSocket(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const socket = connect({ host, port, noDelay: true });
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', fail);
    };
    const fail = (error: Error): void => {
      stop();
      // A socket may report more than one error, and an unheard one would end the process.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      if (signal) fail(abortReason(signal));
    };
    const timer = setTimeout(() => {
      fail(new Error(`no answer in ${Math.round(timeoutMs / 1000)} s`));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort);
    socket.once('error', fail);
    socket.once('connect', () => {
      stop();
      resolve(socket);
    });
  });
}
