import { once } from 'node:events';
import type { Server } from 'node:http';
import { FleetliftError } from './errors/FleetliftError.js';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What is served, and the flags that give it another place, for the error. */
  readonly what: string;
  readonly flags: string;
}

/** Lets an HTTP server listen. @throws E-USAGE where that port cannot be had */
export async function listen(server: Server, { host, port, what, flags }: ListenOptions): Promise<Listening> {
  server.listen({ port, host });
  await once(server, 'listening').catch((error: unknown) => {
    throw new FleetliftError('E-USAGE', {
      message: `${what} cannot be served: ${error instanceof Error ? error.message : String(error)}`,
      remedy: `give another port or address: ${flags}`,
      cause: error,
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
