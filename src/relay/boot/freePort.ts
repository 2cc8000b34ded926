import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A TCP port that is free on an address at this moment; whoever takes it must be ready to find it taken. */
export async function freePort(address: string): Promise<number> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
