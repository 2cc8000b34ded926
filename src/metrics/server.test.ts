import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { PagePart } from './page.js';
import type { Listening } from '../listen.js';
import { startMetricsServer } from './server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function sdk(status = 200): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(status).end('temporal_request_total 7\n');
  }).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/metrics`;
}

async function serve(
  parts: readonly PagePart[],
  sdkUrl: string,
  failures: string[] = [],
): Promise<Listening & { url: string }> {
  const server = await startMetricsServer({
    port: 0,
    host: '127.0.0.1',
    sdkUrl,
    parts,
    onFailure: (part) => failures.push(part),
  });
  closers.push(() => server.close());
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

it('serves /metrics, with those of the SDK, and nothing else', async () => {
  const { url } = await serve([], await sdk());
  const answer = await fetch(`${url}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const text = await answer.text();
  expect(text).toContain('# TYPE fleetlift_servers gauge');
  expect(text).toContain('temporal_request_total 7');
  expect((await fetch(`${url}/`)).status).toBe(404);
});

it('says what to do where the port is taken', async () => {
  const { port } = await serve([], await sdk());
  const taken = { port, host: '127.0.0.1', sdkUrl: null, parts: [], onFailure: () => undefined };
  await expect(startMetricsServer(taken)).rejects.toMatchObject({
    code: 'E-USAGE',
    remedy: expect.stringContaining('--metrics-port') as string,
  });
});

it('tells which part is incomplete, and serves the others', async () => {
  const failures: string[] = [];
  const broken = { name: 'migrations', refresh: () => Promise.reject(new Error('Temporal is away')) };
  const fine = { name: 'relays', refresh: () => Promise.resolve() };
  const { url } = await serve([broken, fine], await sdk(500), failures);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('fleetlift_scrape_incomplete{part="migrations"} 1');
  expect(text).toContain('fleetlift_scrape_incomplete{part="relays"} 0');
  expect(text).toContain('fleetlift_scrape_incomplete{part="temporal-sdk"} 1');
  expect(text).not.toContain('temporal_request_total');
  expect(failures.sort()).toEqual(['migrations', 'temporal-sdk']);
});

it('asks once for all who read at the same time', async () => {
  let asked = 0;
  let answer = (): void => undefined;
  const slow = {
    name: 'migrations',
    refresh: () => {
      asked += 1;
      return new Promise<void>((resolve) => (answer = resolve));
    },
  };
  const { url } = await serve([slow], await sdk());
  const [first, second] = [fetch(`${url}/metrics`), fetch(`${url}/metrics`)];
  await new Promise((resolve) => setTimeout(resolve, 200));
  answer();
  await Promise.all([first, second]);
  expect(asked).toBe(1);
});
