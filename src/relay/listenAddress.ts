import { networkInterfaces } from 'node:os';

/** The relay's address where it is one of this machine, else all of them (it may be a router's). */
export function listenAddress(address: string): string {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
  return own.includes(address) ? address : '0.0.0.0';
}
