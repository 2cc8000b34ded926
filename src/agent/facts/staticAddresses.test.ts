import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStaticAddresses } from './staticAddresses.js';

const CASES: readonly [string, string, readonly string[]][] = [
  ['/etc/network/interfaces', '  address 10.0.1.5/24\n  address 127.0.0.1', ['10.0.1.5/24']],
  ['/etc/netplan/01.yaml', 'addresses: [10.0.1.5/24, "fd00::5/64"]', ['10.0.1.5/24', 'fd00::5/64']],
  ['/etc/netplan/01.yaml', '      - "10.0.1.6/24"\n      addresses: [1.1.1.1]', ['10.0.1.6/24']],
  ['/etc/systemd/network/a.network', 'Address=10.0.1.5/24', ['10.0.1.5/24']],
  ['/etc/NetworkManager/system-connections/a', 'address1=10.0.1.5/24,10.0.1.1', ['10.0.1.5/24']],
  [
    '/etc/sysconfig/network-scripts/ifcfg-eth0',
    "IPADDR='10.0.1.5'\nIPADDR2=10.0.1.6",
    ['10.0.1.5', '10.0.1.6'],
  ],
];

describe('parseStaticAddresses', () => {
  it.each(CASES)('reads %s: %s', (file, lines, addresses) => {
    expect(parseStaticAddresses(`file ${file}\n${lines}\n`)).toEqual(
      addresses.map((address) => ({ file, address })),
    );
  });

  it('finds nothing in a server that asks by DHCP, nor in garbage', () => {
    expect(parseStaticAddresses(null)).toEqual([]);
    expect(parseStaticAddresses('file /etc/netplan/01.yaml\n')).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => parseStaticAddresses(text).length <= 200));
  });
});
