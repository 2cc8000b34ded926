import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from './connect.js';
import { eventually, makeKey, startSshd, type TestSshd } from './testing/sshd.js';
import type { SshSession } from './types.js';

const MANY_BYTES = 48 << 20;
/** Both ends' windows, and what lies in the kernel's buffers. */
const MOST_ON_THE_WAY = 24 << 20;

let sshd: TestSshd;
let folder: string;
let publicKey: string;
let session: SshSession;
/** Our side's ends of the connections that came through, and what serves them. */
let served: Socket[];
let serve: (socket: Socket) => void;
let relay: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-tunnel-'));
  publicKey = await makeKey(join(folder, 'key'), 'ed25519');
  sshd = await startWith([]);
  relay = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
});
afterAll(async () => {
  relay.close();
  await sshd.stop();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  session.close();
  await eventually(async () => (await sshd.connections()).length === 0, 'no connection left at sshd');
});

describe('a tunnel', () => {
  it('carries many MiB both ways, unaltered', async () => {
    const { port } = await open((socket) => void socket.pipe(socket));
    const sent = randomBytes(MANY_BYTES);
    const client = await enter(port);
    const startedMs = performance.now();
    client.end(sent);
    expect((await buffer(client)).equals(sent)).toBe(true);
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(`${(MANY_BYTES / seconds / 2 ** 20).toFixed(0)} MiB/s there and back`);
  });

  it('carries connections at once, each with its own bytes', async () => {
    const { port } = await open((socket) => void socket.pipe(socket));
    const messages = Array.from({ length: 20 }, () => randomBytes(300_000));
    const answers = await Promise.all(
      messages.map(async (message) => buffer((await enter(port)).end(message))),
    );
    expect(answers.map((answer, at) => answer.equals(messages[at] ?? answer.subarray(1)))).not.toContain(
      false,
    );
    expect(served).toHaveLength(messages.length);
  });

  it('passes one side’s end on while the other still sends', async () => {
    const { port } = await open((socket) => {
      socket.write('greeting');
      socket.resume().once('end', () => socket.end(', and an answer to your end'));
    });
    const client = await enter(port);
    await once(client, 'readable');
    client.end('question');
    expect((await buffer(client)).toString()).toBe('greeting, and an answer to your end');
  });

  it('passes on the end of our side, while the server’s still sends', async () => {
    let got: Promise<Buffer> | undefined;
    const { port } = await open((socket) => {
      got = buffer(socket);
      socket.end();
    });
    const client = await enter(port);
    await once(client.resume(), 'end');
    client.end('late');
    expect((await got)?.toString()).toBe('late');
  });

  it('takes no more from the server than our side does', async () => {
    const { port } = await open((socket) => void socket.pause());
    const client = await enter(port);
    let taken = 0;
    const chunk = Buffer.alloc(1 << 20);
    const more = (): void => {
      while (taken < 10 * MOST_ON_THE_WAY && client.write(chunk)) taken += chunk.length;
    };
    more();
    client.on('drain', more);
    const before = process.memoryUsage().rss;
    let last = -1;
    await eventually(async () => {
      const stands = taken === last;
      last = taken;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return stands && taken === last;
    }, 'a standstill');
    expect(taken).toBeLessThan(MOST_ON_THE_WAY);
    expect(process.memoryUsage().rss - before).toBeLessThan(4 * MOST_ON_THE_WAY);
    client.destroy();
  });

  it.each([
    ['the server’s', (client: Socket) => client.resetAndDestroy(), () => first(served)],
    ['our', () => first(served).resetAndDestroy(), (client: Socket) => client],
  ])('breaks where %s side breaks', async (_whose, breakOff, otherEnd) => {
    const { port } = await open((socket) => void socket.write('hello'));
    const client = await enter(port);
    await once(client, 'data');
    breakOff(client);
    await over(otherEnd(client));
  });

  it('tells why a connection did not come through, and forgets it with one that does', async () => {
    const nobody = await unusedPort();
    const tunnel = await open(() => undefined, nobody);
    const client = await enter(tunnel.port);
    await over(client);
    expect(tunnel.failure()).toContain('ECONNREFUSED');
    const late = createServer((socket) => socket.end('here')).listen(nobody, '127.0.0.1');
    await once(late, 'listening');
    expect((await buffer(await enter(tunnel.port))).toString()).toBe('here');
    expect(tunnel.failure()).toBeNull();
    late.close();
  });

  it('ends with its session: nobody listens any more, and what it carried is broken off', async () => {
    const { port } = await open((socket) => void socket.write('hello'));
    const client = await enter(port);
    await once(client, 'data');
    session.close();
    await Promise.all([over(client), ...served.map(over)]);
    await expectClosed(port);
    await expect(session.openTunnel({ address: '127.0.0.1', port: 1 })).rejects.toMatchObject({
      code: 'E-LINK-LOST',
    });
  });

  it('ends with a connection that is killed', async () => {
    const { port } = await open((socket) => void socket.write('hello'));
    const client = await enter(port);
    await once(client, 'data');
    for (const pid of await sshd.connections()) process.kill(pid, 'SIGKILL');
    await Promise.all([over(client), ...served.map(over)]);
    await expectClosed(port);
  });
});

describe('an sshd', () => {
  it.each([
    ['AllowTcpForwarding no'],
    ['AllowTcpForwarding local'],
    ['DisableForwarding yes'],
    ['PermitListen none'],
  ])('with %s is told, with what to set', async (setting) => {
    await withSshd([setting], async (strict) => {
      const refused = strict.openTunnel({ address: '127.0.0.1', port: 1 });
      await expect(refused).rejects.toMatchObject({
        code: 'E-TUNNEL',
        retryable: false,
        message: expect.stringContaining('web1 (root@127.0.0.1:') as string,
        remedy: expect.stringContaining(setting.split(' ')[0] ?? '') as string,
      });
      expect((await strict.exec('echo on')).stdout.toString()).toBe('on\n');
    });
  });

  it('with GatewayPorts yes lets nobody in but the server itself', async () => {
    await withSshd(['GatewayPorts yes'], async (open) => {
      serve = (socket) => void socket.end('hello');
      served = [];
      const { port } = await open.openTunnel(placeOf(relay));
      const stranger = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' });
      expect((await buffer(stranger)).toString()).toBe('');
      expect(served).toHaveLength(0);
      expect((await buffer(await enter(port))).toString()).toBe('hello');
    });
  });
});

/** Opens a tunnel to what serves here; what does, is given. */
async function open(how: (socket: Socket) => void, port?: number) {
  served = [];
  serve = how;
  session = await login(sshd);
  return session.openTunnel(port === undefined ? placeOf(relay) : { address: '127.0.0.1', port });
}

async function enter(port: number): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  // A reset is what some tests wait for: as the end that follows it.
  client.on('error', () => undefined);
  return client;
}

/** Waits until nothing comes any more, by an end or a reset. */
async function over(socket: Socket): Promise<void> {
  if (socket.readableEnded || socket.destroyed) return;
  await Promise.race([once(socket.resume(), 'end'), once(socket, 'close')]);
}

function first([socket]: readonly Socket[]): Socket {
  if (socket === undefined) throw new Error('no connection came through');
  return socket;
}

async function expectClosed(port: number): Promise<void> {
  await eventually(async () => {
    const probe = connect(port, '127.0.0.1');
    try {
      await once(probe, 'connect');
      return false;
    } catch {
      return true;
    } finally {
      probe.destroy();
    }
  }, `nobody on port ${port}`);
}

async function withSshd(
  settings: readonly string[],
  use: (strict: SshSession) => Promise<void>,
): Promise<void> {
  const strict = await startWith(settings);
  try {
    session = await login(strict);
    await use(session);
  } finally {
    await strict.stop();
  }
}

async function startWith(settings: readonly string[]): Promise<TestSshd> {
  const one = await startSshd({ settings });
  await one.authorize(publicKey);
  return one;
}

async function login(one: TestSshd): Promise<SshSession> {
  const knownHosts = join(one.folder, 'known_hosts');
  await writeFile(knownHosts, one.knownHosts('ed25519'));
  const settings = { user: 'root', port: one.port, identityFile: join(folder, 'key'), knownHosts };
  return openSession({ server: 'web1', host: '127.0.0.1', settings }, { home: folder });
}

const placeOf = (server: Server) => ({ address: '127.0.0.1', port: (server.address() as AddressInfo).port });

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = placeOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
