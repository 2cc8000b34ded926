import { describe, expect, test } from 'vitest';
import type { SwapFacts } from '../../../model/facts.js';
import type { PlannedDisk } from '../../../model/plan.js';
import { imageRequest, type TemporaryTree } from '../testing/temporaryTree.js';
import { treeAfterRules } from '../testing/treeAfterRules.js';

let made: TemporaryTree;

const read = (path: string): Promise<string | null> => made.editor.readText(path);
const SAVED = '/etc/fleetlift/saved';

test('crypttab: what names a device of the old machine is left out; a container in a file stays', async () => {
  const lost = [
    'data UUID=2d9b4a52-7d0c-4b1c-9c4e-5f1f0b7a1c11 none luks,discard',
    'cryptswap /dev/sdb2 /dev/urandom swap,cipher=aes-xts-plain64',
    'gone /srv/gone.img none luks',
  ];
  const kept = [
    '# <target name> <source device> <key file> <options>',
    'vault /srv/vault.img none luks',
    'byhand UUID=3 none luks,noauto',
    '',
  ];
  const former = [kept[0], ...lost, ...kept.slice(1)].join('\n');
  made = await treeAfterRules({ 'etc/crypttab': former, 'srv/vault.img': 'LUKS' });
  const lines = (await read('/etc/crypttab'))?.split('\n') ?? [];
  expect(lines.filter((line) => kept.includes(line))).toEqual(kept);
  expect(lines.filter((line) => !kept.includes(line))).toEqual(
    lost.map((line) => `# Left out by fleetlift, since its device is not in the image: ${line}`),
  );
  expect(await read(`${SAVED}/etc/crypttab`)).toBe(former);
});

test('a crypttab that names nothing of the old machine is not touched', async () => {
  made = await treeAfterRules({ 'etc/crypttab': '# none\n' });
  expect(made.editor.touched.has('/etc/crypttab')).toBe(false);
});

describe('mdadm', () => {
  const CONF = [
    'HOMEHOST <system>',
    'ARRAY /dev/md/0 metadata=1.2 UUID=12345678:9abcdef0:12345678:9abcdef0 name=web1:0',
    '   spares=1',
    'arr /dev/md1 UUID=00000000:11111111:22222222:33333333',
    '# ARRAY in a comment',
    'MAILADDR root',
    '',
  ].join('\n');
  const files = { 'etc/mdadm/mdadm.conf': CONF, 'etc/mdadm.conf': CONF };
  const arrays = { filesystems: [{ layers: ['lvm', 'raid1'] }] };

  test('lines of arrays go, with those that go on; RHEL’s file goes as a whole', async () => {
    made = await treeAfterRules(files, imageRequest({}, arrays));
    expect(await read('/etc/mdadm/mdadm.conf')).toBe(
      'HOMEHOST <system>\n# ARRAY in a comment\nMAILADDR root\n',
    );
    expect(await read('/etc/mdadm.conf')).toBeNull();
    expect(await read(`${SAVED}/etc/mdadm/mdadm.conf`)).toBe(CONF);
    expect(await read(`${SAVED}/etc/mdadm.conf`)).toBe(CONF);
  });

  test('a swap on an array is flattened too', async () => {
    const swap = { kind: 'partition', path: '/dev/md1', uuid: 'u', label: '', sizeBytes: 1, disk: 'system' };
    made = await treeAfterRules(files, imageRequest({}, { swaps: [swap] }));
    expect(await read('/etc/mdadm/mdadm.conf')).not.toMatch(/^arr/im);
  });

  test('without an array of the server it stays: what was not migrated may be brought along', async () => {
    made = await treeAfterRules(files, imageRequest({}, { filesystems: [{ layers: ['lvm'] }] }));
    expect(await read('/etc/mdadm/mdadm.conf')).toBe(CONF);
    expect(await read('/etc/mdadm.conf')).toBe(CONF);
  });
});

test('iSCSI: no target is logged in to by itself, whatever says so', async () => {
  const record = (startup: string, connection: string): string =>
    `# BEGIN RECORD 2.1.5\nnode.name = iqn.2019-11.example.com:lun1\nnode.startup = ${startup}\n` +
    `node.session.auth.password = secret\nnode.conn[0].startup = ${connection}\n# END RECORD\n`;
  const target = 'iscsi/nodes/iqn.2019-11.example.com:lun1';
  const files = {
    [`etc/${target}/192.0.2.5,3260,1/default`]: record('automatic', 'manual'),
    // As open-iscsi kept them before it had interfaces.
    [`etc/${target}/192.0.2.6,3260`]: record('manual', 'automatic'),
    [`var/lib/${target}/192.0.2.7,3260,1/eth1`]: record('onboot', 'manual'),
    [`var/lib/${target}/192.0.2.8,3260,1/eth1`]: record('manual', 'manual'),
    'etc/iscsi/iscsid.conf': 'node.startup = automatic\n',
  };
  made = await treeAfterRules(files);
  const [first, second, third, manual] = Object.keys(files);
  for (const file of [first, second, third]) {
    expect(await read(`/${file ?? ''}`)).toBe(record('manual', 'manual'));
    expect(await read(`${SAVED}/${file ?? ''}`)).toMatch(/automatic|onboot/);
  }
  expect(made.editor.touched.has(`/${manual ?? ''}`)).toBe(false);
  // Only what is discovered anew takes its settings from there.
  expect(await read('/etc/iscsi/iscsid.conf')).toBe('node.startup = automatic\n');
});

describe('resume', () => {
  const UUID = '7c1d2e3f-2222-4b4b-9d9d-8f8f1e1e2b03';
  const FILE = '/etc/initramfs-tools/conf.d/resume';
  const swap: SwapFacts = {
    kind: 'partition',
    path: '/dev/mapper/web1--vg-swap_1',
    uuid: UUID,
    label: '',
    sizeBytes: 1024,
    disk: 'system',
  };
  const disks: PlannedDisk[] = [
    {
      disk: 'system',
      sizeBytes: 4096,
      partitions: [{ role: 'swap', number: 1, startBytes: 1024, sizeBytes: 1024, uuid: UUID, label: '' }],
    },
  ];
  const settings = (value: string): Record<string, string> => ({
    'etc/initramfs-tools/initramfs.conf': 'MODULES=most\nRESUME=\n',
    'etc/initramfs-tools/conf.d/resume': `# written by the installer\nRESUME=${value}\n`,
  });

  test.each(['/dev/mapper/web1--vg-swap_1', '/dev/web1-vg/swap_1'])(
    '%s becomes the UUID of the replica’s swap, for the next initramfs and for the one that is there',
    async (device) => {
      made = await treeAfterRules(settings(device), imageRequest({ disks }, { swaps: [swap] }));
      expect(await read(FILE)).toBe(`# written by the installer\nRESUME=UUID=${UUID}\n`);
      expect(await read(`${SAVED}${FILE}`)).toContain(`RESUME=${device}\n`);
      expect(await read('/boot/grub/grub.cfg')).toContain(` resume=UUID=${UUID}\n`);
      expect(made.editor.touched.has('/etc/initramfs-tools/initramfs.conf')).toBe(false);
    },
  );

  test('a swap that is not in the replica is not waited for', async () => {
    made = await treeAfterRules(settings('UUID=00000000-1111-4222-8333-444444444444'));
    expect(await read(FILE)).toBe('# written by the installer\nRESUME=none\n');
    expect(await read('/boot/grub/grub.cfg')).toContain(' noresume\n');
  });

  test.each(['auto', ''])('%j took the volume, which the kernel is told of by its UUID', async (value) => {
    const files = { ...settings(value), 'etc/default/grub': 'GRUB_CMDLINE_LINUX="quiet resume=UUID=gone"\n' };
    made = await treeAfterRules(files, imageRequest({ disks }, { swaps: [swap] }));
    expect(made.editor.touched.has(FILE)).toBe(false);
    expect(await read('/boot/grub/grub.cfg')).toContain(` resume=UUID=${UUID}\n`);
    expect(await read('/etc/default/grub')).toContain(` resume=UUID=${UUID}"\n`);
    expect(await read('/etc/default/grub')).not.toContain('gone');
  });

  test('auto took a partition by the UUID that it keeps', async () => {
    const partition = { ...swap, path: '/dev/vda5' };
    made = await treeAfterRules(settings('auto'), imageRequest({ disks }, { swaps: [partition] }));
    expect(await read('/boot/grub/grub.cfg')).not.toContain('resume');
  });

  test.each(['none', `UUID=${UUID}`])('%s stays', async (value) => {
    made = await treeAfterRules(settings(value), imageRequest({ disks }, { swaps: [swap] }));
    expect(made.editor.touched.has(FILE)).toBe(false);
    expect(await read('/boot/grub/grub.cfg')).not.toContain('resume');
  });
});
