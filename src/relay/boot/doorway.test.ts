import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeDoorway, openDoorway } from './doorway.js';

const FOLDER = '/boots/one';
/** Another address of this machine than the guest's. */
const ADDRESS = '127.0.0.2';
let guest: Server;
let guestPort: number;
/** Where the connections that the guest got came from. */
const from: (string | undefined)[] = [];

beforeEach(async () => {
  guest = createServer((socket) => {
    from.push(socket.remoteAddress);
    socket.write('SSH-2.0-guest\r\n');
    socket.on('data', (data) => socket.end(data));
  });
  guest.listen(0, '127.0.0.1');
  await once(guest, 'listening');
  guestPort = (guest.address() as AddressInfo).port;
});

afterEach(() => {
  closeDoorway(FOLDER);
  guest.close();
});

async function knock(port: number): Promise<Socket> {
  const socket = connect(port, ADDRESS);
  await once(socket, 'data');
  return socket;
}

it('leads to the guest, which sees somebody of its own machine', async () => {
  const socket = await knock(await openDoorway(FOLDER, ADDRESS, guestPort));
  socket.write('hello');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toBe('hello');
  expect(from.at(-1)).toBe('127.0.0.1');
  await once(socket, 'close');
});

it('is shut with the boot, also for those who are inside', async () => {
  const port = await openDoorway(FOLDER, ADDRESS, guestPort);
  const socket = await knock(port);
  const closed = once(socket, 'close');
  closeDoorway(FOLDER);
  await closed;
  await expect(knock(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
