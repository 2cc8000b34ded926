import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { parseFacts } from './parseFacts.js';
import { answerOf, factsWith, recorded, recordedFacts, TIMING } from './testing.js';

const LAYOUTS = ['boot-swap-xfs', 'btrfs-subvolumes', 'ext4-mbr', 'lvm-two-groups', 'raid1', 'uefi'];

/** The code that a broken answer is refused with; null: it was taken. */
function codeOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (!(error instanceof FleetliftError)) throw error;
    return error.code;
  }
}

describe('recorded layouts', () => {
  it('has a test for every record', () => {
    const folder = new URL('../../../test/fixtures/facts/evidence/', import.meta.url);
    expect(readdirSync(folder).sort()).toEqual(LAYOUTS.map((name) => `${name}.json`));
  });

  it.each(LAYOUTS)('%s', (name) => {
    expect(parseFacts(answerOf(recorded(name)), TIMING)).toEqual(recordedFacts(name));
  });

  it('counts a volume over two disks to the first, and does not call the parts of an array unmounted', () => {
    const { disks, filesystems, unmounted } = parseFacts(answerOf(recorded('lvm-two-groups')), TIMING);
    expect(disks.map(({ id, device }) => [id, device])).toEqual([
      ['system', '/dev/sda'],
      ['disk1', '/dev/sdb'],
    ]);
    expect(filesystems.map(({ disk, layers, mounts }) => [disk, layers, mounts[0]?.mountpoint])).toEqual([
      ['system', ['lvm'], '/'],
      ['system', [], '/boot'],
      ['disk1', ['lvm'], '/srv/erp data'],
    ]);
    expect(unmounted.map(({ device, type }) => [device, type])).toEqual([
      ['/dev/mapper/data-old', 'ext4'],
      ['/dev/sdd', 'ext3'],
    ]);
  });

  it('finds the device behind /dev/root, and leaves out images in files and swap in memory', () => {
    const { filesystems, skippedMounts, swaps, unmounted } = parseFacts(answerOf(recorded('uefi')), TIMING);
    expect(filesystems.map(({ device }) => device)).toEqual(['/dev/vda3', '/dev/vda1', '/dev/vda2']);
    expect(skippedMounts.map(({ mountpoint }) => mountpoint)).toEqual(['/snap/core22/1621', '/mnt/image']);
    expect(swaps.map(({ path }) => path)).toEqual(['/dev/vda4']);
    expect(unmounted).toEqual([]);
  });
});

it('tells quotas and compression of a filesystem, which are options of the whole of it', () => {
  const evidence = recorded('ext4-mbr');
  const mountinfo = evidence.files['/proc/self/mountinfo'] ?? '';
  const options = (all: string) =>
    factsWith(evidence, {
      '/proc/self/mountinfo': mountinfo.replace('rw,errors=remount-ro', `rw,errors=remount-ro,${all}`),
    }).filesystems[0]?.mounts[0]?.options;
  expect(options('usrquota,prjquota')).toEqual(['rw', 'relatime', 'usrquota', 'prjquota']);
  expect(options('inode64,noquota')).toEqual(['rw', 'relatime']);
  expect(options('compress-force=zstd:3,ssd')).toEqual(['rw', 'relatime', 'compress-force=zstd:3']);
});

describe('a source that has little', () => {
  const evidence = recorded('ext4-mbr');

  it('has an unknown Linux without os-release, and no tools', () => {
    const facts = factsWith(
      evidence,
      { '/etc/os-release': null, '/usr/lib/os-release': null, '/etc/machine-id': 'uninitialized\n' },
      { rsync: null, ssh: null, tools: null, grub: null, 'system-state': null, 'ip-links': null, boot: null },
    );
    expect(facts.os).toEqual({ id: 'linux', idLike: [], versionId: '', prettyName: 'Linux' });
    expect(facts.identity.machineId).toBeNull();
    expect(facts.tools).toEqual({ rsync: null, ssh: null, unshare: false, setsid: false, initramfs: null });
    expect(facts.boot).toMatchObject({ grub: null, kernels: [] });
    expect(facts.services.systemState).toBeNull();
  });

  it('tells GRUB legacy from GRUB 2', () => {
    const grub = (out: string) => factsWith(evidence, {}, { grub: out }).boot.grub;
    expect(grub('grub-install (GNU GRUB 0.97)\n')).toBe('grub-legacy');
    expect(grub('grub-install (GRUB) 1.99-27+deb7u3\n')).toBe('1.99-27+deb7u3');
    expect(grub('grub2-install (GRUB2) 2.06\n')).toBe('2.06');
    expect(grub('something else\n')).toBeNull();
  });

  it('tells wicked’s files from those of the network scripts, which have the same names', () => {
    const managers = (file: string, enabled: string) =>
      factsWith(evidence, {}, { ifupdown: null, enabled, 'network-files': file }).network.managers;
    expect(managers('/etc/sysconfig/network/ifcfg-eth0\n', 'wicked enabled\n')).toEqual(['wicked']);
    expect(managers('/etc/sysconfig/network-scripts/ifcfg-eth0\n', 'wicked \n')).toEqual(['ifcfg']);
  });

  it('takes half past the second from a date without nanoseconds', () => {
    const facts = factsWith(evidence, {}, { 'date-start': '1795475400.%N\n', 'date-end': '1795475400.%N\n' });
    expect(facts.clockSkewMs).toBe(0);
  });

  it('says null where an initramfs could not be listed, and false where it has no virtio', () => {
    const initrd = 'initrd 6.1.0-50-cloud-amd64';
    const config = { 'kernel-config': '' };
    const virtio = (out: string | null) =>
      factsWith(evidence, {}, { ...config, [initrd]: out }).boot.kernels.map((kernel) => kernel.virtio);
    expect(virtio(null)).toEqual([null]);
    expect(virtio('')).toEqual([false]);
    expect(virtio('virtio_blk\nvirtio_scsi\nvirtio_pci\n')).toEqual([true]);
    const [seen] = factsWith(evidence, {}, { ...config, [initrd]: 'dm-snapshot\nvirtio_pci\n' }).boot.kernels;
    expect(seen).toMatchObject({ activatesSnapshots: true });
    const [other] = factsWith(evidence, {}, { ...config, [initrd]: 'virtio_pci\n' }).boot.kernels;
    expect(other).not.toHaveProperty('activatesSnapshots');
  });

  it('misses a driver of either kind of virtio disks in an initramfs where the kernel has it', () => {
    const release = '6.1.0-50-cloud-amd64';
    const virtio = (inInitrd: string[], besideKernel: string[]) =>
      factsWith(
        evidence,
        {},
        {
          'kernel-config': '',
          [`initrd ${release}`]: `${['virtio_pci', ...inInitrd].join('\n')}\n`,
          'kernel-modules': ['virtio_net', ...besideKernel].map((name) => `${release} ${name}\n`).join(''),
        },
      ).boot.kernels.map((kernel) => [kernel.virtio, kernel.virtioModules]);
    const both = ['virtio_blk', 'virtio_scsi', 'virtio_pci'];
    expect(virtio(['virtio_blk'], both)).toEqual([[false, true]]);
    expect(virtio(['virtio_scsi'], both)).toEqual([[false, true]]);
    expect(virtio(['virtio_blk', 'virtio_scsi'], both)).toEqual([[true, undefined]]);
    expect(virtio(['virtio_blk'], ['virtio_blk', '=virtio_scsi'])).toEqual([[true, undefined]]);
    expect(virtio(['virtio_blk'], ['virtio_blk'])).toEqual([[true, undefined]]);
    expect(virtio([], ['virtio_pci'])).toEqual([[false, false]]);
  });

  it('tells of which platforms an initramfs lacks drivers that lie beside the kernel', () => {
    const release = '6.1.0-50-cloud-amd64';
    const lacking = (inInitrd: string | null, besideKernel: string[]) =>
      factsWith(
        evidence,
        {},
        {
          [`initrd ${release}`]: inInitrd,
          'kernel-modules': besideKernel.map((name) => `${release} ${name}\n`).join(''),
        },
      ).boot.kernels.map(({ lacksDriversOf }) => lacksDriversOf);
    const all = ['hv_storvsc', 'vmw_pvscsi', 'mptspi'];
    expect(lacking('virtio_blk\n', all)).toEqual([['hyperv', 'vmware']]);
    expect(lacking('hv_storvsc\nvmw_pvscsi\n', all)).toEqual([['vmware']]);
    expect(lacking('vmw_pvscsi\n', ['=hv_storvsc', 'vmw_pvscsi'])).toEqual([undefined]);
    expect(lacking(null, all)).toEqual([undefined]);
  });

  it('tells the programs of the EFI system partition, and nothing else that stands there', () => {
    const programs = (out: string | null) => factsWith(evidence, {}, { esp: out }).boot.espPrograms;
    expect(programs('EFI/BOOT/BOOTX64.EFI\nEFI/debian/grub.cfg\n/etc/x.efi\nEFI/\u001b[2J.efi\n')).toEqual([
      'EFI/BOOT/BOOTX64.EFI',
    ]);
    expect(programs('')).toBeUndefined();
    expect(programs(null)).toBeUndefined();
  });

  it('tells what an initramfs waits for, and takes no empty crypttab for a volume', () => {
    const initrd = 'initrd 6.1.0-50-cloud-amd64';
    const waits = (...listing: string[]) =>
      factsWith(evidence, {}, { [initrd]: `virtio_blk\nvirtio_pci\n${listing.join('\n')}\n` }).boot.kernels[0]
        ?.waitsFor;
    const file = (path: string, bytes = 40) =>
      `-rw-r--r--   1 root     root     ${bytes} Jan  1 1970 ${path}`;
    expect(waits()).toBeUndefined();
    expect(waits(file('cryptroot/crypttab', 0), file('etc/crypttab', 0))).toBeUndefined();
    expect(waits(file('cryptroot/crypttab'), file('conf/conf.d/zz-resume-auto'))).toEqual(['luks']);
    expect(waits(file('conf/conf.d/cryptroot'))).toEqual(['luks']);
    expect(waits(file('etc/cmdline.d/90lvm.conf'), file('etc/cmdline.d/90mdraid.conf'))).toEqual([
      'lvm',
      'raid',
    ]);
    expect(waits(file('etc/cmdline.d/00-btrfs.conf'), file('conf/conf.d/driver-policy'))).toBeUndefined();
    const hook = 'usr/lib/dracut/hooks/initqueue/finished/devexists-';
    expect(waits(file(`${hook}\\x2fdev\\x2fmapper\\x2frhel-root.sh`))).toEqual(['device-mapper']);
    expect(waits(file(`${hook}\\x2fdev\\x2fmd127.sh`))).toEqual(['raid']);
    expect(waits(file(`${hook}\\x2fdev\\x2fdisk\\x2fby-uuid\\x2f1-2.sh`))).toBeUndefined();
  });

  it('tells whether an initramfs with virtio could be built, where there is none', () => {
    const release = '6.1.0-50-cloud-amd64';
    const modules = (...names: string[]) =>
      factsWith(
        evidence,
        {},
        {
          'kernel-config': '',
          [`initrd ${release}`]: '',
          'kernel-modules': names.map((name) => `${release} ${name}\n`).join(''),
        },
      ).boot.kernels.map((kernel) => kernel.virtioModules);
    expect(modules('virtio_blk', '=virtio_pci', 'virtio_net')).toEqual([true]);
    expect(modules('virtio_blk', 'virtio_net')).toEqual([false]);
    expect(modules()).toEqual([false]);
  });
});

describe('a source that is not trusted', () => {
  const evidence = recorded('ext4-mbr');
  const replaced = (name: string, text: string, by: string) => {
    const out = evidence.commands[name]?.out ?? '';
    expect(out).toContain(text);
    return () => factsWith(evidence, {}, { [name]: out.replace(text, by) });
  };

  it.each([
    ['no JSON', 'motd: welcome\n{}'],
    ['nothing', ''],
    ['another version', '{"protocol":2,"files":{},"commands":{}}'],
    ['no base64', '{"protocol":1,"files":{"/etc/fstab":"<>"},"commands":{}}'],
    ['an exit that is none', '{"protocol":1,"files":{},"commands":{"uid":{"exit":-1,"out":""}}}'],
    ['no mounts', '{"protocol":1,"files":{},"commands":{}}'],
    ['endless', ' '.repeat((4 << 20) + 1)],
  ])('refuses %s', (_, raw) => {
    expect(codeOf(() => parseFacts(raw, TIMING))).toBe('E-AGENT-OUTPUT');
  });

  it('refuses sizes, paths and names that no machine has', () => {
    const root = evidence.files['/proc/self/mountinfo']?.split(' ')[0] ?? '';
    const space = evidence.commands[`statfs ${root}`]?.out ?? '';
    for (const read of [
      replaced('blocks', '|12582912|', '|-5|'),
      replaced('blocks', '|12582912|', '|99999999999999999999|'),
      replaced('blocks', '/dev/vda1', '/dev/../etc/shadow'),
      replaced('blocks', '/dev/vda1', '/dev/vda1\u001b[2J'),
      replaced('blkid vda1', 'LABEL=root', 'LABEL=\u0007root'),
      replaced('blkid vda1', 'UUID=', 'UUID=$(reboot)'),
      replaced('dumpe2fs vda1', 'has_journal', 'has_journal;x'),
      replaced(`statfs ${root}`, space, '4096 9007199254740991 0 0 0 0'),
      replaced('swaps', '/swapfile', 'swapfile'),
    ]) {
      expect(codeOf(read)).toBe('E-AGENT-OUTPUT');
    }
  });

  it('refuses to guess the used space of a disk that gave no answer', () => {
    const commands = Object.fromEntries(
      Object.keys(evidence.commands)
        .filter((name) => /^statfs \d/.test(name))
        .map((name) => [name, null]),
    );
    expect(codeOf(() => factsWith(evidence, {}, commands))).toBe('E-AGENT-OUTPUT');
  });

  it('refuses to plan a replica from half of an answer, and goes on without half a list of services', () => {
    const { files, commands } = recorded('ext4-mbr');
    const cut = (name: string) => {
      expect(commands[name]).toBeDefined();
      const broken = { ...commands, [name]: { exit: 141, out: 'ENDLESS' } };
      return codeOf(() => parseFacts(answerOf({ files, commands: broken }), TIMING));
    };
    expect(['mounts', 'blocks', 'units'].map(cut)).toEqual(['E-AGENT-OUTPUT', 'E-AGENT-OUTPUT', null]);
  });

  it('takes no user id that is no number for one that is not root', () => {
    expect(codeOf(() => factsWith(recorded('ext4-mbr'), {}, { uid: 'ENDLESS' }))).toBe('E-AGENT-OUTPUT');
  });

  it('lets nothing that moves a cursor into what people read', () => {
    const mount = '9 1171 0:9 / /mnt/\\033[2J rw - nfs4 nas:/\u009b2J rw\n';
    const mountinfo = (evidence.files['/proc/self/mountinfo'] ?? '') + mount;
    const { skippedMounts } = factsWith(evidence, { '/proc/self/mountinfo': mountinfo });
    expect(skippedMounts.at(-1)).toEqual({ mountpoint: '/mnt/?[2J', type: 'nfs4', source: 'nas:/?2J' });
  });

  it('answers garbage with E-AGENT-OUTPUT, and with nothing else', () => {
    const taken = (raw: string) => [null, 'E-AGENT-OUTPUT'].includes(codeOf(() => parseFacts(raw, TIMING)));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), taken));
    fc.assert(fc.property(fc.json(), taken));
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string(), { maxLength: 12 }).map((words) => words.join('|')),
      fc.array(fc.string(), { maxLength: 12 }).map((words) => words.join(' ')),
    );
    const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
    for (const name of LAYOUTS) {
      const whole = recorded(name);
      const change = fc.dictionary(fc.constantFrom(...Object.keys(whole.commands)), text, { maxKeys: 3 });
      const files = fc.dictionary(fc.constantFrom(...Object.keys(whole.files)), text, { maxKeys: 2 });
      fc.assert(
        fc.property(change, files, (outputs, contents) =>
          [null, 'E-AGENT-OUTPUT'].includes(codeOf(() => factsWith(whole, contents, outputs))),
        ),
        { numRuns: 200 },
      );
    }
  });
});
