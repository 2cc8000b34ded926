import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { registry } from './metrics.js';

export interface MetricsServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Address to listen on; default 127.0.0.1, since metrics tell names of servers. */
  readonly host?: string;
  /** `/metrics` of the Temporal SDK of this process, which is told along with ours. */
  readonly sdkMetricsUrl?: string;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics` in the text format of Prometheus. @throws where the port is taken */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('see /metrics\n');
      return;
    }
    answer(response, options.sdkMetricsUrl).catch((error: unknown) => {
      response.writeHead(500).end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  server.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(response: ServerResponse, sdkMetricsUrl: string | undefined): Promise<void> {
  const own = await registry.metrics();
  const sdk = sdkMetricsUrl === undefined ? '' : await sdkMetrics(sdkMetricsUrl);
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(sdk === '' ? own : `${own}\n${sdk}`);
}

async function sdkMetrics(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`the Temporal SDK's metrics answered ${answer.status}`);
  return answer.text();
}
