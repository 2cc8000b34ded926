import { createServer } from 'node:http';
import { listen, type Listening } from '../listen.js';
import { metricsPage, type PageOptions } from './page.js';
import { registry } from './registry.js';

export interface MetricsServerOptions extends PageOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Address to listen on; metrics tell names of servers, so the default of commands is 127.0.0.1. */
  readonly host: string;
}

/** Serves `/metrics` in the text format of Prometheus. @throws E-USAGE where that port cannot be had */
export async function startMetricsServer({ port, host, ...page }: MetricsServerOptions): Promise<Listening> {
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
  return listen(server, { host, port, what: '/metrics', flags: '--metrics-port, --metrics-host' });
}
