import { linesOf, type Evidence } from './evidence.js';
import { capped, readable } from './values.js';

const MAX_INTERFACES = 4096;
const NO_MAC = '00:00:00:00:00:00';

/** A network interface. */
export interface Link {
  readonly name: string;
  readonly isEthernet: boolean;
  readonly isHardware: boolean;
  /** A bridge, bond or tunnel, or a port of a bridge of this machine. */
  readonly isMade: boolean;
  /** Lower case; empty: it has none. */
  readonly mac: string;
  /** The address it has by itself, where a bond gave it another one. */
  readonly ownMac: string;
}

/** The interfaces of this machine. In a container /sys may show another machine's: what `ip` says comes first. */
export function readLinks(evidence: Evidence): readonly Link[] {
  const inSys = linesOf(evidence.output('links')).map(parseSysLink);
  const told = linesOf(evidence.output('ip-links')).flatMap(parseIpLink);
  capped([...inSys, ...told], MAX_INTERFACES, 'interfaces');
  if (told.length === 0) return inSys;
  return told.map((link) => inSys.find(({ name, mac }) => name === link.name && mac === link.mac) ?? link);
}

/**
 * The MAC addresses that make a machine itself: of hardware, or, where there is none (a container), of interfaces that
 * are not made of others.
 */
export function hardwareAddresses(evidence: Evidence): readonly string[] {
  const links = readLinks(evidence).filter(
    ({ isEthernet, ownMac }) => isEthernet && ownMac !== NO_MAC && ownMac !== '',
  );
  const hardware = links.filter(({ isHardware }) => isHardware);
  const chosen = hardware.length > 0 ? hardware : links.filter(({ isMade }) => !isMade);
  return [...new Set(chosen.map(({ ownMac }) => ownMac))].sort();
}

function parseSysLink(line: string): Link {
  const [name = '', type, hardware, made, address = '', permanent = ''] = line.split('|');
  const mac = macOf(address);
  return {
    name: readable(name, 32),
    // ARPHRD_ETHER of the kernel's if_arp.h.
    isEthernet: type === '1',
    isHardware: hardware === 'device',
    isMade: made === 'made',
    mac,
    ownMac: macOf(permanent) || mac,
  };
}

/** Reads `ip -o link show`: `2: eth0@if7: <…> … link/ether 02:… brd …`. */
function parseIpLink(line: string): Link[] {
  const [, name, kind, address = ''] =
    /^\d+:\s+([^\s@:]{1,64})(?:[@:]\S*)?\s.*?\slink\/(\S+)\s+(\S+)/.exec(line) ?? [];
  if (name === undefined) return [];
  const mac = macOf(address);
  const isEthernet = kind === 'ether';
  return [{ name: readable(name, 32), isEthernet, isHardware: false, isMade: false, mac, ownMac: mac }];
}

function macOf(text: string): string {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toLowerCase() : '';
}
