import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Listening } from '../listen.js';
import { startCodecServer } from './codecServer.js';
import { EncryptionCodec } from './EncryptionCodec.js';

const ORIGIN = 'http://127.0.0.1:8233';
const TOKEN = 'a token of this test';
const key = randomBytes(32);
let server: Listening;
let url: string;

beforeEach(async () => {
  server = await startCodecServer({ key, host: '127.0.0.1', port: 0, origin: ORIGIN, token: TOKEN });
  url = `http://127.0.0.1:${server.port}/decode`;
});
afterEach(() => server.close());

const authorization = `Bearer ${TOKEN}`;
const post = (body: string, headers: Record<string, string> = { authorization }): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers });

async function encrypted(value: unknown): Promise<string> {
  const [payload] = await new EncryptionCodec(key, true).encode([defaultPayloadConverter.toPayload(value)]);
  const base64 = (bytes: Uint8Array | null | undefined): string =>
    Buffer.from(bytes ?? []).toString('base64');
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return JSON.stringify({
    payloads: [{ metadata: Object.fromEntries(metadata) as object, data: base64(payload?.data) }],
  });
}

it('decrypts as Temporal’s UI asks for it', async () => {
  const response = await post(await encrypted({ host: 'web1' }), {
    authorization,
    origin: ORIGIN,
    'x-namespace': 'default',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  const { payloads } = (await response.json()) as {
    payloads: { metadata: Record<string, string>; data: string }[];
  };
  const [payload] = payloads;
  expect(Buffer.from(payload?.data ?? '', 'base64').toString()).toBe('{"host":"web1"}');
  expect(Buffer.from(payload?.metadata['encoding'] ?? '', 'base64').toString()).toBe('json/plain');
});

it('leaves as it is what was encrypted for another fleet', async () => {
  const body = JSON.stringify({ payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'e30=' }] });
  expect(await (await post(body)).text()).toBe(body);
});

it('lets a browser ask first, and answers no other origin', async () => {
  const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: ORIGIN } });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-namespace');
  const stranger = await post(await encrypted(1), { authorization, origin: 'http://evil.example' });
  expect(stranger.status).toBe(403);
});

it.each([
  [401, 'nobody without the token', async () => post(await encrypted(1), {})],
  [401, 'nobody with another', async () => post(await encrypted(1), { authorization: 'Bearer x' })],
  [400, 'no body that is none', () => post('[')],
  [400, 'no payloads that are none', () => post('{"payloads": 1}')],
  [
    404,
    'nothing but decoding',
    () => fetch(url.replace('decode', 'encode'), { method: 'POST', headers: { authorization } }),
  ],
])('answers with %i to %s', async (status, _what, ask) => {
  expect((await ask()).status).toBe(status);
});

it('says where a port is taken', async () => {
  await expect(
    startCodecServer({ key, host: '127.0.0.1', port: server.port, origin: ORIGIN, token: null }),
  ).rejects.toMatchObject({ code: 'E-USAGE', remedy: expect.stringContaining('--port') as string });
});
