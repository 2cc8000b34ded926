import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a port of this machine that can be held in the middle of a transfer. */
export interface Gate {
  readonly port: number;
  /** Bytes that came from the client since the last `open` or `holdAfter`. */
  readonly bytes: number;
  /** Lets so many more bytes through and then none, until `open`. */
  holdAfter(bytes: number): void;
  /** Whether it holds now. */
  readonly held: boolean;
  open(): void;
  stop(): Promise<void>;
}

export async function startGate(target: number): Promise<Gate> {
  const clients = new Set<Socket>();
  let bytes = 0;
  let limit = Infinity;
  const server = createServer((client) => {
    clients.add(client);
    const upstream = connect(target, '127.0.0.1');
    client.on('data', (chunk) => {
      bytes += chunk.length;
      upstream.write(chunk);
      if (bytes >= limit) client.pause();
    });
    upstream.on('data', (chunk) => client.write(chunk));
    // Either end's end or error ends both.
    const end = () => {
      clients.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    get held() {
      return bytes >= limit;
    },
    holdAfter(count) {
      bytes = 0;
      limit = count;
    },
    open() {
      bytes = 0;
      limit = Infinity;
      for (const client of clients) client.resume();
    },
    async stop() {
      server.close();
      for (const client of clients) client.destroy();
      await once(server, 'close');
    },
  };
}
