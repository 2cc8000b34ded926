import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Payload } from '@temporalio/common';
import { listen, type Listening } from '../listen.js';
import { EncryptionCodec } from './EncryptionCodec.js';

export interface CodecServerOptions {
  /** Key of the fleet: {@link readPayloadKey}. */
  readonly key: Uint8Array;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where a browser has Temporal's UI from, e.g. `http://127.0.0.1:8233`; others may not ask. */
  readonly origin: string;
  /** Asked for as `Authorization: Bearer …`; null: nobody is asked. */
  readonly token: string | null;
}

/** Temporal's own limit of a message is 4 MiB, which base64 makes a third longer. */
const MAX_BODY_BYTES = 8 << 20;
const ALLOWED_HEADERS = 'authorization, content-type, x-namespace';

/** A payload as protobuf's JSON has it: bytes are base64. */
interface WirePayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

/**
 * Decrypts payloads for Temporal's UI and CLI (`POST /decode`, Temporal's remote codec protocol). It does not encode: what
 * is not signed by a command of ours is refused anyway.
 *
 * @throws E-USAGE where that port cannot be had
 */
export async function startCodecServer(options: CodecServerOptions): Promise<Listening> {
  const codec = new EncryptionCodec(options.key, false);
  const server = createServer((request, response) => {
    answer(request, response, options, codec).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const { host, port } = options;
  return listen(server, { host, port, what: 'payloads', flags: '--port, --host' });
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: CodecServerOptions,
  codec: EncryptionCodec,
): Promise<void> {
  const { status, body } = await replyTo(request, options, codec);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': options.origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': ALLOWED_HEADERS,
      'cache-control': 'no-store',
      vary: 'origin',
    })
    .end(JSON.stringify(body));
}

async function replyTo(
  request: IncomingMessage,
  { origin, token }: CodecServerOptions,
  codec: EncryptionCodec,
): Promise<Reply> {
  const refusal = (status: number, message: string): Reply => ({ status, body: { message } });
  // What a browser asks before it asks, without credentials.
  if (request.method === 'OPTIONS') return { status: 204, body: {} };
  const from = request.headers.origin;
  if (from !== undefined && from !== origin) return refusal(403, `not for ${from}`);
  if (token !== null && !isToken(request.headers.authorization, token)) {
    return refusal(401, 'a token is asked for');
  }
  const { pathname } = new URL(request.url ?? '/', 'http://codec');
  if (request.method !== 'POST' || pathname !== '/decode') {
    return refusal(404, 'POST /decode: fleetlift only decrypts here');
  }
  const payloads = parsePayloads(await readBody(request));
  if (payloads === null) return refusal(400, 'not {"payloads": […]}');
  return { status: 200, body: { payloads: (await codec.decode(payloads)).map(toWire) } };
}

function isToken(authorization: string | undefined, token: string): boolean {
  const [found, wanted] = [Buffer.from(authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return found.length === wanted.length && timingSafeEqual(found, wanted);
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsePayloads(body: string | null): Payload[] | null {
  if (body === null) return null;
  try {
    const { payloads } = JSON.parse(body) as { payloads?: unknown };
    return Array.isArray(payloads) ? payloads.map((payload) => fromWire(payload as WirePayload)) : null;
  } catch {
    return null;
  }
}

function fromWire({ metadata = {}, data = '' }: WirePayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}

function toWire({ metadata, data }: Payload): WirePayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
