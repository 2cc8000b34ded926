import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FilesystemPartition, PlannedPartition } from '../../../../model/plan.js';
import { BTRFS } from '../../../testing/plans.js';
import { root, swap, xfs } from '../../../../plan/testing/facts.js';
import { imageRequest, type TemporaryTree } from '../../testing/temporaryTree.js';
import { treeAfterRules } from '../../testing/treeAfterRules.js';

const UUID = '2d9b4a52-7d0c-4b1c-9c4e-5f1f0b7a1c11';
const SWAP = '7c1d2e3f-2222-4b4b-9d9d-8f8f1e1e2b03';
const BY_UUID = `/dev/disk/by-uuid/${UUID}`;
const FOLDER = 'etc/systemd/system';
const SAVED = `etc/fleetlift/saved/${FOLDER}`;

let made: TemporaryTree;

const read = (name: string): Promise<string | null> => made.editor.readText(`/${FOLDER}/${name}`);
const names = (folder = ''): Promise<string[]> => readdir(join(made.root, FOLDER, folder));

/** Applies the rules to a server with a data disk at /srv/data, a swap, and these units. */
async function settle(
  units: Record<string, string>,
  links: Record<string, string> = {},
  changes: Parameters<typeof xfs>[1] = {},
): Promise<void> {
  const data = xfs('/srv/data', {
    id: 'fs1',
    uuid: UUID,
    label: 'data',
    device: '/dev/mapper/vg0-data',
    ...changes,
  });
  const place = { startBytes: 1024, sizeBytes: 1024 };
  const filesystem: FilesystemPartition = {
    ...{
      role: 'filesystem',
      number: 1,
      ...place,
      filesystem: 'fs1',
      type: data.type,
      uuid: UUID,
      label: 'data',
    },
    ...{ features: data.features, mountpoint: '/srv/data', mountRoot: '/' },
  };
  const partitions: PlannedPartition[] = [
    filesystem,
    { role: 'swap', number: 2, ...place, uuid: SWAP, label: '' },
    { role: 'esp', number: 3, ...place, mountpoint: '/boot/efi', uuid: 'AB12-34CD' },
  ];
  const efi = xfs('/boot/efi', { id: 'fs2', type: 'vfat', device: '/dev/sda1', uuid: '7B77-95E7' });
  const facts = {
    filesystems: [root(), data, efi],
    swaps: [swap({ path: '/dev/sda5', uuid: SWAP }), swap({ kind: 'file', path: '/swapfile', uuid: 'f' })],
  };
  const plan = { disks: [{ disk: 'system', sizeBytes: 4096, partitions }] };
  const files = Object.fromEntries(Object.entries(units).map(([name, text]) => [`${FOLDER}/${name}`, text]));
  const linked = Object.fromEntries(
    Object.entries(links).map(([name, target]) => [`${FOLDER}/${name}`, target]),
  );
  made = await treeAfterRules({ [`${FOLDER}/x.target`]: '', ...files }, imageRequest(plan, facts), linked);
}

const mountUnit = (what: string, more = '', where = '/srv/data'): string =>
  `[Unit]\nDescription=Data\n\n[Mount]\nWhat=${what}\nWhere=${where}\n${more}\n[Install]\nWantedBy=local-fs.target\n`;

describe('units of mounts', () => {
  test.each([
    '/dev/mapper/vg0-data',
    '/dev/vg0/data',
    '/dev/sdb1',
    '/dev/disk/by-id/wwn-0x5000-part1',
    'PARTUUID=1234-01',
    'LABEL=data',
  ])('%s becomes the UUID, and the former unit is kept', async (what) => {
    const former = mountUnit(what, 'Type=xfs\nOptions=noatime,uquota\n');
    await settle({ 'srv-data.mount': former });
    expect(await read('srv-data.mount')).toBe(mountUnit(BY_UUID, 'Type=xfs\nOptions=noatime,uquota\n'));
    expect(await made.editor.readText(`/${SAVED}/srv-data.mount`)).toBe(former);
  });

  test('one that is not mounted where the unit says is found by its device', async () => {
    await settle({ 'backup.mount': mountUnit('/dev/vg0/data', '', '/backup/') });
    expect(await read('backup.mount')).toContain(`\nWhat=${BY_UUID}\nWhere=/backup/\n`);
  });

  test('the EFI system partition has the number that it is made with', async () => {
    await settle({ 'boot-efi.mount': mountUnit('/dev/sda1', '', '/boot/efi') });
    expect(await read('boot-efi.mount')).toContain('\nWhat=/dev/disk/by-uuid/AB12-34CD\n');
  });

  test('what waits for the old device, or for the network, goes with it', async () => {
    const text =
      '[Unit]\nRequires=dev-mapper-vg0\\x2ddata.device iscsid.service\nAfter = dev-sdb1.device\n' +
      'BindsTo=\n[Mount]\nWhat = /dev/sdb1\nWhere=/srv/data\nOptions=_netdev\n';
    await settle({ 'srv-data.mount': text });
    expect(await read('srv-data.mount')).toBe(
      `[Unit]\nRequires=iscsid.service\nBindsTo=\n[Mount]\nWhat=${BY_UUID}\nWhere=/srv/data\nOptions=defaults\n`,
    );
  });

  test('a subvolume is named, since its number changes', async () => {
    const mounts = [{ mountpoint: '/srv/data', root: '/@home', options: [] }];
    const btrfs = { type: 'btrfs', features: BTRFS, mounts };
    await settle(
      { 'srv-data.mount': mountUnit(`UUID=${UUID}`, 'Options=subvolid=257,noatime\n') },
      {},
      btrfs,
    );
    expect(await read('srv-data.mount')).toBe(mountUnit(`UUID=${UUID}`, 'Options=noatime,subvol=/@home\n'));
    await settle({ 'srv-data.mount': mountUnit('/dev/sdb1') }, {}, btrfs);
    expect(await read('srv-data.mount')).toContain('[Mount]\nOptions=defaults,subvol=/@home\nWhat=');
  });

  test.each([
    ['network', mountUnit('nas:/export', 'Type=nfs4\n')],
    ['network, by its option', mountUnit('nas:/export', 'Options=_netdev\n')],
    ['bind', mountUnit('/srv/other', 'Type=none\nOptions=bind\n')],
    ['memory', mountUnit('tmpfs', 'Type=tmpfs\n')],
    ['a file', mountUnit('/srv/disk.img', 'Options=loop\n')],
    ['a pool', mountUnit('tank/data', 'Type=zfs\n')],
    ['the right UUID', mountUnit(`UUID=${UUID.toUpperCase()}`)],
    ['no place', '[Mount]\nWhat=/dev/sdb1\n'],
    ['a device that the server makes', mountUnit('/dev/zram1', 'Type=ext4\n', '/var/log')],
    ['nothing', ''],
  ])('%s: stays', async (_, text) => {
    await settle({ 'srv-data.mount': text });
    expect(await read('srv-data.mount')).toBe(text);
    expect(made.editor.touched.has(`/${FOLDER}/srv-data.mount`)).toBe(false);
  });

  test('one whose disk is not in the image goes, with what would start it; it is kept', async () => {
    const lost = mountUnit('/dev/sdz1', 'Type=ext4\n', '/u01');
    await settle(
      { 'u01.mount': lost, 'u01.automount': '[Automount]\nWhere=/u01\n', 'u01.mount.d/x.conf': '' },
      {
        'local-fs.target.requires/u01.mount': '/etc/systemd/system/u01.mount',
        'multi-user.target.wants/u01.automount': '/etc/systemd/system/u01.automount',
        'multi-user.target.wants/cron.service': '/lib/systemd/system/cron.service',
      },
    );
    expect((await names()).filter((name) => name.startsWith('u01'))).toEqual(['u01.mount.d']);
    expect(await names('local-fs.target.requires')).toEqual([]);
    expect(await names('multi-user.target.wants')).toEqual(['cron.service']);
    expect(await made.editor.readText(`/${SAVED}/u01.mount`)).toBe(lost);
    expect(await made.editor.readText(`/${SAVED}/u01.automount`)).toContain('Where=/u01');
  });

  test('a masked one and a link to elsewhere stay', async () => {
    const elsewhere = mountUnit('/dev/sdz1', '', '/opt/data');
    await settle(
      { '../../../opt/opt-data.mount': elsewhere },
      { 'tmp.mount': '/dev/null', 'opt-data.mount': '/opt/opt-data.mount' },
    );
    expect(await made.editor.readLink(`/${FOLDER}/tmp.mount`)).toBe('/dev/null');
    expect(await read('opt-data.mount')).toBe(elsewhere);
  });
});

describe('units of swaps', () => {
  const swapUnit = (what: string): string => `[Swap]\nWhat=${what}\nPriority=10\n`;
  const escaped = SWAP.replaceAll('-', '\\x2d');

  test('a partition has a unit by its UUID, with its settings; fstab starts it', async () => {
    await settle(
      { 'dev-sda5.swap': swapUnit('/dev/sda5') },
      { 'swap.target.wants/dev-sda5.swap': '/etc/systemd/system/dev-sda5.swap' },
    );
    expect((await names()).filter((name) => name.endsWith('.swap'))).toEqual([
      `dev-disk-by\\x2duuid-${escaped}.swap`,
    ]);
    expect(await read(`dev-disk-by\\x2duuid-${escaped}.swap`)).toBe(swapUnit(`/dev/disk/by-uuid/${SWAP}`));
    expect(await names('swap.target.wants')).toEqual([]);
    expect(await made.editor.readText(`/${SAVED}/dev-sda5.swap`)).toBe(swapUnit('/dev/sda5'));
  });

  test('one whose device is not in the image goes', async () => {
    await settle({ 'dev-sdz2.swap': swapUnit('/dev/sdz2') });
    expect(await read('dev-sdz2.swap')).toBeNull();
    expect(await made.editor.readText(`/${SAVED}/dev-sdz2.swap`)).toBe(swapUnit('/dev/sdz2'));
  });

  test.each([
    ['swapfile.swap', '/swapfile'],
    ['dev-zram0.swap', '/dev/zram0'],
    [`dev-disk-by\\x2duuid-${escaped}.swap`, `/dev/disk/by-uuid/${SWAP}`],
  ])('%s stays', async (name, what) => {
    await settle({ [name]: swapUnit(what) });
    expect(await read(name)).toBe(swapUnit(what));
    expect(made.editor.touched.has(`/${FOLDER}/${name}`)).toBe(false);
  });
});
