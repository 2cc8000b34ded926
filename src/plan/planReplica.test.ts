import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FilesystemFacts, InitramfsWait, SwapFacts } from '../model/facts.js';
import { INITRAMFS_BYTES, type PlannedDisk, type ReplicaPlan } from '../model/plan.js';
import { EXT4 } from '../relay/testing/plans.js';
import { neededBytes } from './neededBytes.js';
import { planReplica } from './planReplica.js';
import { GIB, MIB } from './sizes.js';
import { btrfs, facts, kernel, root, server, swap, xfs } from './testing/facts.js';

function disk(plan: ReplicaPlan, name: string): PlannedDisk {
  const found = plan.disks.find((one) => one.disk === name);
  if (found === undefined) throw new Error(`no disk ${name}`);
  return found;
}
const roles = (one: PlannedDisk): string[] =>
  one.partitions.map((part) => (part.role === 'filesystem' ? part.mountpoint : part.role));

describe('disks', () => {
  test('one system disk: BIOS boot, ESP, swap, filesystems, root as the last', () => {
    const plan = planReplica(facts({ filesystems: [root(), xfs('/var')], swaps: [swap()] }), server());
    const system = disk(plan, 'system');
    expect(roles(system)).toEqual(['bios-boot', 'esp', 'swap', '/var', '/']);
    expect(system.partitions.at(-1)).toMatchObject({
      sizeBytes: 10 * GIB,
      uuid: 'root-uuid',
      features: { inodeCount: 655_360 },
    });
    expect(system.sizeBytes).toBe(22 * GIB);
  });

  test('LVM on RAID is flattened onto the disk it is counted to, and said', () => {
    const filesystems = [root({ device: '/dev/mapper/vg-root', layers: ['lvm', 'raid1'] })];
    const plan = planReplica(facts({ filesystems }), server());
    expect(roles(disk(plan, 'system'))).toEqual(['bios-boot', 'esp', '/']);
    expect(plan.remarks).toContain('/: lvm on raid1 becomes a plain partition');
  });

  test('a data disk has neither BIOS boot nor ESP; a disk without content is not made', () => {
    const disks = ['system', 'disk1', 'disk2'].map((id) => ({
      id,
      device: id,
      sizeBytes: GIB,
      table: 'none' as const,
    }));
    const plan = planReplica(
      facts({ disks, filesystems: [root(), xfs('/srv', { disk: 'disk2' })] }),
      server(),
    );
    expect(plan.disks.map((one) => one.disk)).toEqual(['system', 'disk2']);
    expect(roles(disk(plan, 'disk2'))).toEqual(['/srv']);
  });

  describe('the source’s ESP', () => {
    const esp = (changes: Partial<FilesystemFacts> = {}) =>
      root({
        id: 'fs1',
        type: 'vfat',
        uuid: 'ab12-34cd',
        sizeBytes: 512 * MIB,
        usedBytes: 6 * MIB,
        features: { family: 'other' },
        mounts: [{ mountpoint: '/boot/efi', root: '/', options: [] }],
        ...changes,
      });
    const fstab = 'UUID=root-uuid / ext4 defaults 0 1\nUUID=AB12-34CD /boot/efi vfat umask=0077 0 1\n';
    const planned = (own: FilesystemFacts, boot = {}) =>
      planReplica(facts({ filesystems: [root(), own], fstab, boot: { ...facts().boot, ...boot } }), server());
    const partition = (plan: ReplicaPlan) => disk(plan, 'system').partitions[1];

    test('keeps place and serial number, and its files are taken along', () => {
      const plan = planned(esp());
      expect(partition(plan)).toMatchObject({
        role: 'esp',
        uuid: 'AB12-34CD',
        sizeBytes: 256 * MIB,
        mountpoint: '/boot/efi',
      });
      expect(plan.fstab[1]).toEqual({
        ...{ spec: 'UUID=AB12-34CD', file: '/boot/efi', type: 'vfat' },
        ...{ options: 'umask=0077,nofail', dump: 0, pass: 1 },
      });
      expect(plan.espFileBytes).toBe(6 * MIB);
      expect(plan.remarks.join()).toContain('with its files; the image boots by our boot loader');
      expect(neededBytes(plan) - neededBytes(planned(esp({ usedBytes: 0 })))).toBe(30 * MIB);
      expect(planReplica(facts(), server()).espFileBytes).toBeUndefined();
    });

    test('is as large as its files want; more than the relay takes stays behind, and that is said', () => {
      const large = planned(esp({ usedBytes: 400 * MIB }));
      expect(partition(large)?.sizeBytes).toBe(456 * MIB);
      expect(large.espFileBytes).toBe(400 * MIB);
      const tooLarge = planned(esp({ usedBytes: 500 * MIB }));
      expect(tooLarge.espFileBytes).toBeUndefined();
      expect(partition(tooLarge)?.sizeBytes).toBe(256 * MIB);
      expect(tooLarge.remarks.join()).toContain('its files are not copied');
    });

    test('without a serial number that can be given is mounted by the one that it gets', () => {
      const plan = planned(esp({ uuid: '' }));
      const made = partition(plan);
      expect(plan.fstab[1]?.spec).toMatch(/^UUID=[0-9A-F]{4}-[0-9A-F]{4}$/);
      expect(plan.fstab[1]?.spec).toBe(`UUID=${made?.role === 'esp' ? made.uuid : ''}`);
    });

    test('has the distribution’s loader told where the server boots by it', () => {
      const espPrograms = ['EFI/debian/shimx64.efi', 'EFI/debian/grubx64.efi'];
      const told = (firmware: 'uefi' | 'bios') => planned(esp(), { espPrograms, firmware }).remarks.join();
      expect(told('uefi')).toContain('by shim and GRUB of EFI/debian');
      expect(told('bios')).toContain('by our boot loader');
    });
  });

  test('a small xfs grows to what mkfs accepts; read-only snapshots get room', () => {
    const snapshots = btrfs([{ mountpoint: '/home', root: '/@home', options: [] }], {
      sizeBytes: 3 * GIB,
      usedBytes: 2 * GIB,
    });
    const plan = planReplica(
      facts({ filesystems: [root(), xfs('/x', { sizeBytes: 40 * MIB, usedBytes: MIB }), snapshots] }),
      server(),
    );
    const [, , small, large] = disk(plan, 'system').partitions;
    expect(small?.sizeBytes).toBe(320 * MIB);
    expect(large?.sizeBytes).toBeGreaterThan(4 * GIB);
  });

  test('a wished size grows the root, shrinks what has room, and is refused where it does not hold the content', () => {
    const wish = (sizeGiB: number) =>
      planReplica(facts(), server({ image: { disks: { system: { sizeGiB } } } }));
    const grown = disk(wish(40), 'system');
    expect(grown.sizeBytes).toBe(40 * GIB);
    expect(grown.partitions.at(-1)).toMatchObject({ sizeBytes: 40 * GIB - 133 * MIB });
    const shrunk = disk(wish(4), 'system').partitions.at(-1);
    expect(shrunk?.sizeBytes).toBe(4 * GIB - 133 * MIB);
    expect(shrunk).toMatchObject({ features: { inodeCount: 253632 } });
    expect(() => wish(2)).toThrow(/disk system of web1: 2 GiB are wished for, its content needs 3 GiB/);
  });

  test('a disk that no VHD holds is refused for one, and for no other format', () => {
    const filesystems = [root({ sizeBytes: 2100 * GIB })];
    const plan = (format: 'vpc' | 'vmdk', disks = {}) =>
      planReplica(facts({ filesystems }), server({ image: { format, disks } }));
    expect(() => plan('vpc')).toThrow('disk system of web1 has 2101 GiB, and a VHD holds 2040 GiB');
    expect(disk(plan('vpc', { system: { sizeGiB: 2040 } }), 'system').sizeBytes).toBe(2040 * GIB);
    expect(disk(plan('vmdk'), 'system').sizeBytes).toBe(2101 * GIB);
  });

  test('sizes, offsets and least sizes hold for any layout', () => {
    const filesystem = fc.record({
      sizeBytes: fc.integer({ min: MIB, max: 4000 * GIB }),
      fill: fc.double({ min: 0, max: 1, noNaN: true }),
      family: fc.constantFrom('ext4', 'xfs'),
      disk: fc.constantFrom('system', 'disk1'),
    });
    const wish = fc.option(fc.integer({ min: 1, max: 5000 }), { nil: null });
    fc.assert(
      fc.property(fc.array(filesystem, { minLength: 1, maxLength: 8 }), wish, (list, sizeGiB) => {
        const filesystems = list.map((one, index): FilesystemFacts => {
          const used = {
            sizeBytes: one.sizeBytes,
            usedBytes: Math.floor(one.sizeBytes * one.fill),
            usedInodes: 10,
          };
          const place = index === 0 ? '/' : `/m${index}`;
          const made = one.family === 'ext4' ? root({ features: EXT4 }) : xfs(place);
          const mounts = [{ mountpoint: place, root: '/', options: [] }];
          return {
            ...made,
            ...used,
            mounts,
            id: `fs${index}`,
            uuid: `u${index}`,
            disk: index === 0 ? 'system' : one.disk,
          };
        });
        const disks = ['system', 'disk1'].map((id) => ({
          id,
          device: id,
          sizeBytes: 0,
          table: 'gpt' as const,
        }));
        const image = sizeGiB === null ? {} : { disks: { system: { sizeGiB } } };
        let plan: ReplicaPlan;
        try {
          plan = planReplica(facts({ disks, filesystems }), server({ image }));
        } catch (error) {
          expect(sizeGiB).not.toBeNull();
          expect(error).toMatchObject({ code: 'E-DISK-SIZE' });
          return;
        }
        for (const one of plan.disks) checkDisk(one, filesystems);
        expect(
          plan.disks.flatMap((one) => one.partitions).filter((part) => part.role === 'filesystem'),
        ).toHaveLength(list.length);
        if (sizeGiB !== null) expect(disk(plan, 'system').sizeBytes).toBe(sizeGiB * GIB);
      }),
    );
  });
});

function checkDisk(one: PlannedDisk, filesystems: readonly FilesystemFacts[]): void {
  let end = MIB;
  for (const [index, part] of one.partitions.entries()) {
    expect(part.number).toBe(index + 1);
    expect(part.startBytes).toBe(end);
    expect(part.sizeBytes % MIB).toBe(0);
    if (part.role === 'filesystem') {
      const source = filesystems.find((each) => each.id === part.filesystem);
      expect(part.sizeBytes).toBeGreaterThanOrEqual(
        Math.min(source?.sizeBytes ?? 0, (source?.usedBytes ?? 0) * 1.1),
      );
    }
    end = part.startBytes + part.sizeBytes;
  }
  expect(end + MIB).toBeLessThanOrEqual(one.sizeBytes);
  // Azure takes no other.
  expect(one.sizeBytes % MIB).toBe(0);
}

describe('refusals', () => {
  test('filesystems that are not migrated, with their places', () => {
    const fat = root({
      id: 'fs1',
      type: 'vfat',
      features: { family: 'other' },
      mounts: [{ mountpoint: '/data', root: '/', options: [] }],
    });
    expect(() => planReplica(facts({ filesystems: [root(), fat] }), server())).toThrow(
      '/data (vfat on /dev/vda1)',
    );
    expect(() => planReplica(facts({ filesystems: [] }), server())).toThrow(/root filesystem of web1/);
  });

  test('no kernel', () => {
    const boot = { ...facts().boot, kernels: [] };
    expect(() => planReplica(facts({ boot }), server())).toThrow(/no kernel in \/boot/);
  });
});

describe('boot', () => {
  const boot = (changes: Partial<ReturnType<typeof facts>['boot']>, filesystems = [root()]) =>
    planReplica(facts({ boot: { ...facts().boot, ...changes }, filesystems }), server()).boot;

  test('the running kernel where it is in /boot, else the newest, by value', () => {
    const kernels = [kernel('6.1.0-9-amd64'), kernel('6.1.0-18-amd64'), kernel('6.1.0-20-amd64')];
    expect(boot({ kernels }).kernelRelease).toBe('6.1.0-18-amd64');
    expect(boot({ kernels, runningKernel: '5.4.0' }).kernelRelease).toBe('6.1.0-20-amd64');
  });

  test('an initramfs is built only where virtio is known to be missing', () => {
    expect(boot({ kernels: [kernel('6.1.0-18-amd64', false)] }).buildInitramfs).toBe(true);
    expect(boot({ kernels: [kernel('6.1.0-18-amd64', null)] }).buildInitramfs).toBe(false);
  });

  test('one is built for the platform that the format is mostly for, where the source can', () => {
    const told = (format: 'qcow2' | 'vpc' | 'vmdk', agentFreeBytes = GIB) => {
      const one = { ...kernel('6.1.0-18-amd64'), lacksDriversOf: ['hyperv' as const] };
      const source = facts({ agentFreeBytes, boot: { ...facts().boot, kernels: [one] } });
      return planReplica(source, server({ image: { ...server().image, format } }));
    };
    expect(told('vpc').boot.buildInitramfs).toBe(true);
    expect(told('vpc').remarks.join()).toContain('lacks the disk driver of Hyper-V');
    expect(told('vpc', MIB).boot.buildInitramfs).toBe(false);
    expect(told('vpc', MIB).remarks.join()).not.toContain('Hyper-V');
    expect(told('vmdk').boot.buildInitramfs).toBe(false);
    expect(told('qcow2').boot.buildInitramfs).toBe(false);
  });

  test('one is built where it waits for volumes, for swap only where that is one, and the reason is told', () => {
    const awaiting = (waitsFor: InitramfsWait[], swaps: SwapFacts[] = []) =>
      planReplica(
        facts({
          swaps,
          boot: { ...facts().boot, kernels: [{ ...kernel('6.1.0-18-amd64'), waitsFor }] },
        }),
        server(),
      );
    const plan = awaiting(['lvm', 'resume']);
    expect(plan.boot.buildInitramfs).toBe(true);
    expect(plan.remarks.join()).toContain('waits for volumes that become plain partitions (LVM)');
    expect(awaiting(['resume'], [swap()]).boot.buildInitramfs).toBe(false);
    const onVolume = awaiting(['resume'], [swap({ path: '/dev/mapper/vg-swap' })]);
    expect(onVolume.boot.buildInitramfs).toBe(true);
    expect(onVolume.remarks.join()).toContain('(swap to resume from)');
  });

  test('a built initramfs has room where the kernel lies and on the root, also on full ones, and is told', () => {
    const [full, boot] = [10 * GIB, 200 * MIB];
    const filesystems = [
      root({ sizeBytes: full, usedBytes: full }),
      root({
        id: 'fs1',
        uuid: 'boot-uuid',
        sizeBytes: boot,
        usedBytes: boot,
        mounts: [{ mountpoint: '/boot', root: '/', options: [] }],
      }),
    ];
    const plan = (builds: boolean) =>
      planReplica(
        facts({ filesystems, boot: { ...facts().boot, kernels: [kernel('6.1.0-18-amd64', !builds)] } }),
        server(),
      );
    const sizes = (builds: boolean) =>
      Object.fromEntries(
        plan(builds).disks.flatMap(({ partitions }) =>
          partitions.flatMap((one) =>
            one.role === 'filesystem' ? [[one.mountpoint, one.sizeBytes] as const] : [],
          ),
        ),
      );
    expect(sizes(false)).toEqual({ '/': full, '/boot': boot });
    expect(sizes(true)['/boot']).toBeGreaterThan(boot + 256 * MIB);
    expect(sizes(true)['/']).toBeGreaterThan(full + 256 * MIB);
    expect(plan(true).remarks.join()).toContain('6.1.0-18-amd64 lacks virtio drivers');
    expect(plan(false).remarks.join()).not.toContain('virtio');
    expect(neededBytes(plan(true)) - neededBytes(plan(false))).toBe(INITRAMFS_BYTES);
  });

  test('keeps the operator’s parameters and drops what names devices', () => {
    const commandLine =
      'BOOT_IMAGE=/vmlinuz root=/dev/mapper/vg-root ro rd.lvm.lv=vg/root rd.md.uuid=1:2 resume=/dev/vda5 quiet ' +
      'crashkernel=256M mitigations=off console=ttyS0,115200 net.ifnames=0 systemd.unified_cgroup_hierarchy=1 ' +
      'ip=10.0.0.5::10.0.0.1:24::eth0:none rd.neednet=1 skew_tick=1 modprobe.blacklist=floppy rootflags=data=ordered ' +
      'dyndbg="file drivers/net/x.c +p" nosmt=force ---';
    expect(boot({ commandLine }).parameters).toEqual([
      'quiet',
      'crashkernel=256M',
      'mitigations=off',
      'console=ttyS0,115200',
      'net.ifnames=0',
      'systemd.unified_cgroup_hierarchy=1',
      'skew_tick=1',
      'modprobe.blacklist=floppy',
      'dyndbg="file drivers/net/x.c +p"',
      'nosmt=force',
    ]);
  });

  test('the /boot that fips checks is named by what it is in the image', () => {
    const own = root({
      id: 'fs1',
      device: '/dev/sda1',
      uuid: 'b00t',
      mounts: [{ mountpoint: '/boot', root: '/', options: [] }],
    });
    const kept = (word: string) =>
      boot({ commandLine: `root=/dev/sda2 fips=1 ${word}` }, [root(), own]).parameters;
    expect(kept('boot=/dev/sda1')).toEqual(['fips=1', 'boot=UUID=b00t']);
    expect(kept('boot=/dev/disk/by-path/pci-0')).toEqual(['fips=1', 'boot=UUID=b00t']);
    expect(kept('boot=UUID=b00t')).toEqual(['fips=1', 'boot=UUID=b00t']);
    expect(boot({ commandLine: 'root=/dev/sda2 boot=/dev/sdz1' }).parameters).toEqual([]);
  });

  test('panic=-1 is dropped, by which a boot that fails begins anew for ever; other values stay', () => {
    expect(boot({ commandLine: 'root=/dev/vda1 ro quiet panic=-1' }).parameters).toEqual(['quiet']);
    const others = ['panic=0', 'panic=-10', 'panic=30'];
    expect(boot({ commandLine: `root=/dev/vda1 ro ${others.join(' ')}` }).parameters).toEqual(others);
  });

  test('the command line of a container’s host is nobody’s', () => {
    const commandLine = 'root=/dev/sda ro quiet mitigations=off';
    expect(boot({ commandLine, runningKernel: '6.18.44' }).parameters).toEqual([]);
  });

  test('a btrfs is written compressed as the source writes it, which it may need to fit', () => {
    const compression = (...options: string[]) => {
      const filesystems = [btrfs([{ mountpoint: '/', root: '/', options }])];
      const [disk] = planReplica(facts({ filesystems }), server()).disks;
      return disk?.partitions.flatMap((one) => (one.role === 'filesystem' ? [one.compression] : []));
    };
    expect(compression('rw', 'compress=zstd:3')).toEqual(['compress=zstd:3']);
    expect(compression('rw', 'compress=no')).toEqual([undefined]);
  });

  test('a btrfs root in a subvolume that is not the default is named', () => {
    const at = (mountRoot: string) => btrfs([{ mountpoint: '/', root: mountRoot, options: [] }]);
    expect(boot({}, [at('/@home')]).parameters).toContain('rootflags=subvol=@home');
    expect(boot({}, [at('/@')]).parameters).not.toContain('rootflags=subvol=@');
  });
});
