import { createServer } from 'node:http';
import { once } from 'node:events';
import { FleetliftError } from '../errors/FleetliftError.js';
import { metricsPage, type PageOptions } from './page.js';
import { registry } from './registry.js';

export interface MetricsServerOptions extends PageOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Address to listen on; metrics tell names of servers, so the default of commands is 127.0.0.1. */
  readonly host: string;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics` in the text format of Prometheus. @throws E-USAGE where that port cannot be had */
export async function startMetricsServer({
  port,
  host,
  ...page
}: MetricsServerOptions): Promise<MetricsServer> {
  const read = metricsPage(page);
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('see /metrics\n');
      return;
    }
    read().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) =>
        response.writeHead(500).end(`${error instanceof Error ? error.message : String(error)}\n`),
    );
  });
  server.listen({ port, host });
  await once(server, 'listening').catch((error: unknown) => {
    throw new FleetliftError('E-USAGE', {
      message: `/metrics cannot be served: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'give another port or address: --metrics-port, --metrics-host',
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
