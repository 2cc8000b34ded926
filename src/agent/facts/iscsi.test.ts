import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it, test } from 'vitest';
import { projectFile } from '../projectFile.js';
import { parseBlockDevices, stackOf } from './blockDevices.js';
import { factsWith, recorded } from './testing.js';

const SCSI = '/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdb';
const OFFLOADED = '/sys/devices/pci0000:00/0000:00:02.0/host7/session12/target7:0:0/7:0:0:0/block/sdc';

describe.each([['dash'], ['busybox', 'sh'], ['bash', '--posix']])(
  'the agent by %s',
  (program, ...options) => {
    it.each([
      [SCSI, 'iscsi'],
      [`${SCSI}/sdb1`, 'iscsi'],
      [OFFLOADED, 'iscsi'],
      ['/sys/devices/pci0000:00/0000:00:05.0/virtio2/host2/target2:0:0/2:0:0:0/block/sda', ''],
      ['/sys/devices/virtual/block/dm-0', ''],
      ['/sys/devices/platform/sessions/block/sda', ''],
    ])('tells what %s is', async (path, expected) => {
      const script = await readFile(projectFile('agent/facts.sh'), 'utf8');
      const input = `${script}\nfl_facts_transport '${path}'\nprintf %s "$fl_transport"\n`;
      expect((await execa(program, options, { input })).stdout).toBe(expected);
    });
  },
);

describe('a disk that is reached by iSCSI', () => {
  const table = (transport: string): string =>
    [
      'dm-3|253:3|100|||sdb1,sdc|vgora-u00|LVM-x||/dev/dm-3||',
      `sdb|8:16|200||||||||/dev/sdb||${transport}`,
      `sdb1|8:17|100|1|sdb|||||/dev/sdb1||${transport}`,
      'sdc|8:32|200|||||||/dev/sdc||',
    ].join('\n');

  test('is the lowest layer', () => {
    expect(stackOf(parseBlockDevices(table('iscsi')), 'dm-3').layers).toEqual(['lvm', 'iscsi']);
    expect(stackOf(parseBlockDevices(table('iscsi')), 'sdb1').layers).toEqual(['iscsi']);
    expect(stackOf(parseBlockDevices(table('')), 'sdb1').layers).toEqual([]);
  });

  test('is none to an agent that does not tell', () => {
    const old = table('').replaceAll(/\|$/gm, '');
    expect(stackOf(parseBlockDevices(old), 'dm-3').layers).toEqual(['lvm']);
  });

  test('is told of the filesystem on it', () => {
    const evidence = recorded('ext4-mbr');
    const blocks = (evidence.commands['blocks']?.out ?? '').replaceAll(/^vda.*$/gm, '$&|iscsi');
    expect(factsWith(evidence, {}, { blocks }).filesystems.map(({ layers }) => layers)).toEqual([['iscsi']]);
  });
});
