import { once } from 'node:events';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { withInterrupt } from '../interrupt.js';
import type { CommandSpec } from '../spec.js';
import { parseCount, usageError } from '../usageError.js';

interface CodecOptions {
  host?: string;
  port?: number;
  uiOrigin?: string;
}

const HOST = '127.0.0.1';
const LOOPBACK = [HOST, '::1', 'localhost'];
const UI_ORIGIN = 'http://127.0.0.1:8233';
const PORT = 8234;

export const codec: CommandSpec<CodecOptions> = {
  name: 'codec',
  summary: 'let Temporal’s UI read what is encrypted (production)',
  description:
    'Decrypts payloads for Temporal’s UI and CLI until SIGTERM, with the key of FLEETLIFT_PAYLOAD_KEY_FILE. Who reaches it reads what Temporal has of the fleet, so on another address than loopback it wants a token: FLEETLIFT_CODEC_TOKEN.',
  options: [
    { flags: '--host <address>', description: `address to listen on; default: ${HOST}` },
    {
      flags: '--port <port>',
      description: `port to listen on; default: ${String(PORT)}`,
      parse: parseCount(1),
    },
    {
      flags: '--ui-origin <url>',
      description: `where browsers have the UI from; default: ${UI_ORIGIN}`,
    },
  ],
  examples: [
    {
      command: 'codec',
      does: `then, in the UI under “Data Encoder”: http://127.0.0.1:${String(PORT)}`,
    },
    {
      command: 'codec --host 10.0.0.4 --ui-origin https://temporal.internal',
      does: 'for others too, who send the token of FLEETLIFT_CODEC_TOKEN',
    },
  ],
  async run(context: CommandContext, _args, options): Promise<ExitCode> {
    const { host = HOST, port = PORT, uiOrigin = UI_ORIGIN } = options;
    const token = process.env['FLEETLIFT_CODEC_TOKEN'] || null;
    if (token === null && !LOOPBACK.includes(host)) {
      throw usageError(
        `on ${host} anybody could read what Temporal has of the fleet`,
        'set FLEETLIFT_CODEC_TOKEN, or leave --host away',
      );
    }
    const keyFile = process.env['FLEETLIFT_PAYLOAD_KEY_FILE'] || context.layout.payloadKeyFile;
    const [{ startCodecServer }, { readPayloadKey }] = await Promise.all([
      import('../../temporal/codecServer.js'),
      import('../../temporal/payloadKey.js'),
    ]);
    const key = readPayloadKey(keyFile);
    const server = await startCodecServer({ key, host, port, origin: originOf(uiOrigin), token });
    context.output.note(`decrypting at http://${host}:${server.port}; stop with Ctrl-C or SIGTERM`);
    await withInterrupt((stop) => once(stop, 'abort'));
    await server.close();
    return EXIT.done;
  },
};

function originOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).origin;
  throw usageError(`--ui-origin takes an address, not "${url}"`, `fleetlift codec --ui-origin ${UI_ORIGIN}`);
}
