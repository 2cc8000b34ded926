import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { GUEST_ADDRESS } from './qemuArguments.js';

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/** Doors of this process, by the folder of their boot. */
const doors = new Map<string, Door>();

/**
 * Leads who comes to an address of the relay to a guest. QEMU forwards to a guest only what comes from this machine
 * itself: with `restrict=on` its DHCP names no gateway, so the guest could answer nobody else.
 *
 * @param folder - the boot's; it has one door at most
 * @param guestPort - QEMU's, on {@link GUEST_ADDRESS}
 * @returns the door's port, any free one
 * @throws FleetliftError E-BOOT-QEMU where the address is none of this machine's
 */
export async function openDoorway(folder: string, address: string, guestPort: number): Promise<number> {
  closeDoorway(folder);
  const sockets = new Set<Socket>();
  const server = createServer((outer) => {
    const inner = connect(guestPort, GUEST_ADDRESS);
    for (const socket of [outer, inner]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    // A side that breaks off takes the other one with it, and whoever talks through it sees that.
    pipeline(outer, inner, () => undefined);
    pipeline(inner, outer, () => undefined);
  });
  server.listen(0, address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new FleetliftError('E-BOOT-QEMU', {
      message: `a port for the guest cannot be opened on ${address}: ${(cause as Error).message}`,
      cause,
    });
  }
  doors.set(folder, { server, sockets });
  return (server.address() as AddressInfo).port;
}

/** Nothing happens where there is none. */
export function closeDoorway(folder: string): void {
  const door = doors.get(folder);
  if (door === undefined) return;
  doors.delete(folder);
  door.server.close();
  for (const socket of door.sockets) socket.destroy();
}
