import { createConnection } from 'node:net';

/** Whether an SSH server answers on that port of this machine within 2 s. */
export async function greets(port: number, address = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: address });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(2_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('end', () => answer(false));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('SSH-2.0-')));
  });
}
