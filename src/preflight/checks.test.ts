import { describe, expect, it } from 'vitest';
import { recordedFacts } from '../agent/facts/testing.js';
import { CATALOGUE } from '../errors/catalogue.js';
import type { SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import { EXT4 } from '../relay/testing/plans.js';
import { CHECKS, preflight, type PreflightContext } from './checks.js';

const REACH = { address: '198.18.0.1', port: 8703, tunnelled: false, failure: null };
const RELAY: PreflightContext['relay'] = {
  reach: { ...REACH, reached: true },
  freeBytes: 100 * 2 ** 30,
  capacityBytes: 200 * 2 ** 30,
  neededBytes: 2 ** 30,
  imageNameTaken: false,
};
const SERVER = {
  name: 'web1',
  image: { name: null },
  sync: { mode: 'once', quiesce: [] as string[] },
} as unknown as Server;
const recorded = recordedFacts('ext4-mbr');
/** A server of which nothing is to be said but how it boots. */
const GOOD: SourceFacts = {
  ...recorded,
  os: { id: 'debian', idLike: [], versionId: '12', prettyName: 'Debian 12' },
  clockSkewMs: 0,
  cloudInit: true,
  selinux: 'disabled',
  root: true,
  agentFreeBytes: 2 ** 30,
  unmounted: [],
  skippedMounts: [],
  boot: {
    ...recorded.boot,
    firmware: 'bios',
    secureBoot: false,
    grub: '2.06',
    runningKernel: '6.1.0-1',
    kernels: [
      {
        release: '6.1.0-1',
        image: '/boot/vmlinuz-6.1.0-1',
        initrd: null,
        virtio: true,
        activatesSnapshots: true,
      },
    ],
  },
  tools: {
    rsync: { version: '3.2.7', compressions: ['zstd'], acls: true, xattrs: true },
    ssh: 'OpenSSH_9.2',
    unshare: true,
    setsid: true,
    initramfs: 'initramfs-tools',
  },
  services: { active: ['ssh.service'], failed: [], systemState: 'running' },
};
const fedora = { ...GOOD.os, id: 'rocky', idLike: ['rhel', 'fedora'], versionId: '9.3' };
const suse = { ...GOOD.os, id: 'opensuse-leap', idLike: ['suse'], versionId: '15.5' };
const boot = (change: Partial<SourceFacts['boot']>) => ({ boot: { ...GOOD.boot, ...change } });
const tools = (change: Partial<SourceFacts['tools']>) => ({ tools: { ...GOOD.tools, ...change } });
const kernel = (release: string, virtio: boolean | null) => ({
  release,
  image: `/boot/vmlinuz-${release}`,
  initrd: null,
  virtio,
});
/** The kernel that boots has an initramfs without virtio; an older one is no remedy. */
const lacking = (virtioModules: boolean) => ({
  kernels: [{ ...kernel('6.1.0-1', false), virtioModules }, kernel('6.1.0-0', true)],
});
/** That kernel's initramfs has virtio, and waits for these. */
const awaiting = (...waitsFor: ('lvm' | 'luks' | 'resume')[]) => ({
  kernels: [{ ...kernel('6.1.0-1', true), waitsFor }],
});
const root = (change: Partial<SourceFacts['filesystems'][number]>) => ({
  filesystems: GOOD.filesystems.map((one, at) => (at === 0 ? { ...one, ...change } : one)),
});
const active = (...units: string[]) => ({ services: { ...GOOD.services, active: units } });
const onLvm = { layers: ['lvm'], volume: { group: 'vg0', name: 'root', kind: 'plain' as const } };
const group = (freeExtents: number) => ({
  volumeGroups: [{ name: 'vg0', extentBytes: 4 << 20, freeExtents, changeable: true }],
});

/** Row, what is otherwise than on a good server, code, and what message or remedy must name. */
const FACTS: readonly [string, Partial<SourceFacts>, string, RegExp][] = [
  ['rsync', tools({ rsync: null }), 'E-RSYNC-MISSING', /apt-get -y install rsync/],
  ['rsync', { ...tools({ rsync: null }), os: fedora }, 'E-RSYNC-MISSING', /^yum -y install rsync$/m],
  ['rsync', { ...tools({ rsync: null }), os: suse }, 'E-RSYNC-MISSING', /^zypper \S*\s?install rsync$/m],
  [
    'rsync-attributes',
    tools({ rsync: { version: '3.0.6', compressions: [], acls: false, xattrs: true } }),
    'W-RSYNC-ATTRIBUTES',
    /3\.0\.6.*ACLs/,
  ],
  ['ssh-client', tools({ ssh: null }), 'E-SSH-CLIENT-MISSING', /openssh-client$/],
  ['util-linux', tools({ unshare: false, setsid: false }), 'E-AGENT-TOOL', /unshare and setsid/],
  ['root', { root: false }, 'E-NOT-ROOT', /root/],
  ['architecture', { architecture: 'aarch64' }, 'E-OS-UNSUPPORTED', /aarch64/],
  ['clock', { clockSkewMs: 30_000 }, 'W-CLOCK', /30 s ahead/],
  ['clock', { clockSkewMs: -3_600_000 }, 'E-CLOCK', /3600 s behind/],
  ['agent-space', { agentFreeBytes: 5 << 20 }, 'E-SOURCE-SPACE', /5 MiB/],
  [
    'newer-kernel',
    boot({ kernels: [kernel('6.1.0-1', true), kernel('6.1.0-2', false)] }),
    'W-KERNEL-NEWER',
    /^6\.1\.0-2 is newer.*lacks virtio.*\n.*update-initramfs -u -k 6\.1\.0-2$/,
  ],
  [
    'distribution',
    { os: { ...GOOD.os, id: 'gentoo', prettyName: 'Gentoo' } },
    'W-OS-UNTRIED',
    /^Gentoo was never/,
  ],
  ['distribution', { os: fedora }, 'I-OS-LAYOUTS', /no image of it was booted/],
  ['kernel', boot({ kernels: [] }), 'E-KERNEL-MISSING', /\/boot/],
  ['running-kernel', boot({ runningKernel: '6.1.0-9' }), 'W-KERNEL-CHANGED', /6\.1\.0-9/],
  ['virtio', boot(lacking(false)), 'E-VIRTIO-MISSING', /6\.1\.0-1.*kernel has none.*\n.*install a kernel/],
  [
    'virtio',
    { ...boot(lacking(true)), ...tools({ initramfs: null }), os: fedora },
    'E-VIRTIO-MISSING',
    /nothing is installed.*\nyum -y install dracut/,
  ],
  [
    'virtio',
    { ...boot(lacking(true)), agentFreeBytes: 2 ** 28 },
    'E-VIRTIO-MISSING',
    /256 MiB.*\nfree 512 MiB/,
  ],
  ['virtio', boot(lacking(true)), 'W-INITRAMFS-BUILT', /6\.1\.0-1.*initramfs-tools.*\/boot.*stays/],
  [
    'awaited-volumes',
    boot(awaiting('luks', 'lvm')),
    'W-INITRAMFS-BUILT',
    /6\.1\.0-1 waits for volumes.*\(LUKS, LVM\).*\/boot.*stays/,
  ],
  [
    'awaited-volumes',
    { ...boot(awaiting('lvm')), ...tools({ initramfs: null }), os: fedora },
    'E-INITRAMFS',
    /nothing is installed.*\nyum -y install dracut/,
  ],
  ['awaited-volumes', { ...boot(awaiting('lvm')), agentFreeBytes: 2 ** 28 }, 'E-INITRAMFS', /free 512 MiB/],
  ['grub', boot({ grub: 'grub-legacy' }), 'E-GRUB-OLD', /legacy/],
  ['grub', boot({ grub: null }), 'W-GRUB-MISSING', /update-grub/],
  ['secure-boot', boot({ secureBoot: true }), 'W-FIRMWARE', /Secure Boot/],
  ['selinux', { selinux: 'enforcing' }, 'I-SELINUX', /enforcing/],
  ['filesystems', root({ type: 'zfs' }), 'E-FS-UNSUPPORTED', /zfs/],
  ['luks', root({ layers: ['luks'] }), 'E-LUKS-CONSENT', /encrypted/],
  ['layers', root({ layers: ['lvm', 'raid1'] }), 'W-LAYERS', /lvm on raid1/],
  ['iscsi', root({ layers: ['iscsi'] }), 'W-ISCSI', /^\/ \(\/dev\/\S+\).*iSCSI[^]*\n.*unmount/],
  ...(
    [
      ['usrquota', 'grpquota'],
      ['uquota'],
      ['gquota'],
      ['pquota'],
      ['prjquota'],
      ['quota'],
      ['pqnoenforce'],
      ['usrjquota=aquota.user', 'jqfmt=vfsv0'],
    ] as const
  ).map((options): [string, Partial<SourceFacts>, string, RegExp] => [
    'quotas',
    root({ mounts: [{ mountpoint: '/home', root: '/', options: ['rw', ...options] }] }),
    'W-QUOTA',
    new RegExp(`at /home \\(${options[0]}\\b[^]*not carried over\n.*xfs_quota -x -c dump.*repquota`),
  ]),
  [
    'quotas',
    root({ features: { ...EXT4, features: [...EXT4.features, 'quota'] } }),
    'W-QUOTA',
    /at \/ \(quota\):/,
  ],
  [
    'unmounted',
    { unmounted: [{ device: '/dev/sdc1', sizeBytes: 2 ** 31, type: 'ext4' }] },
    'W-FS-UNMOUNTED',
    /\/dev\/sdc1 \(ext4, 2\.0 GiB\)/,
  ],
  [
    'skipped-mounts',
    { skippedMounts: [{ mountpoint: '/mnt/nas', type: 'nfs4', source: 'nas:/x' }] },
    'W-MOUNT-SKIPPED',
    /\/mnt\/nas/,
  ],
  ...[
    'walinuxagent',
    'snap.amazon-ssm-agent.amazon-ssm-agent',
    'hv-kvp-daemon',
    'aegis',
    'google-osconfig-agent',
  ].map((name): [string, Partial<SourceFacts>, string, RegExp] => [
    'platform-agents',
    active(`${name}.service`),
    'W-PLATFORM-AGENT',
    new RegExp(name),
  ]),
  ['cloud-init', { cloudInit: false }, 'I-CLOUD-INIT', /host name/],
  [
    'static-addresses',
    {
      network: {
        ...GOOD.network,
        staticAddresses: [{ file: '/etc/netplan/1.yaml', address: '10.0.0.5/24' }],
      },
    },
    'W-STATIC-ADDRESS',
    /10\.0\.0\.5\/24 \(\/etc\/netplan\/1\.yaml\)/,
  ],
  [
    'old-place',
    { network: { ...GOOD.network, oldPlace: [{ file: '/etc/chrony.conf', host: '10.0.0.9' }] } },
    'W-OLD-PLACE',
    /10\.0\.0\.9 \(\/etc\/chrony\.conf\)/,
  ],
  [
    'made-interfaces',
    {
      network: {
        ...GOOD.network,
        interfaces: ['bond0', 'bond0.7', 'ens3.100', 'ens3', 'docker0', 'br-0a1b2c3d4e5f', 'flannel.1'].map(
          (name) => ({ name, mac: '', addresses: [] }),
        ),
      },
    },
    'W-BOND-VLAN',
    /: bond0, bond0\.7, ens3\.100$/m,
  ],
  [
    'immutable',
    { immutable: ['/etc/passwd', ...Array.from({ length: 9 }, (_, at) => `/etc/${String(at)}`)] },
    'W-IMMUTABLE',
    /\/etc\/passwd.*and 5 more/,
  ],
  ...[
    'postgresql@15-main',
    'postgresql-14',
    'mysqld',
    'mariadb',
    'oracle-xe',
    'mssql-server',
    'mongod',
    'docker',
    'containerd',
  ].map((unit): [string, Partial<SourceFacts>, string, RegExp] => [
    'databases',
    active(`${unit}.service`),
    'W-DB-RUNNING',
    /half-written/,
  ]),
];
const CONTEXTS: readonly [string, Partial<PreflightContext['relay']>, string, RegExp][] = [
  [
    'relay-reachable',
    { reach: { ...REACH, reached: false } },
    'E-RELAY-UNREACHABLE',
    /^the server does not reach.*198\.18\.0\.1:8703$/,
  ],
  [
    'relay-reachable',
    { reach: { ...REACH, tunnelled: true, failure: 'connect ECONNREFUSED', reached: false } },
    'E-RELAY-UNREACHABLE',
    /tunnel does not lead to the relay at 198\.18\.0\.1:8703 \(connect ECONNREFUSED\)/,
  ],
  ['relay-space', { capacityBytes: 2 ** 29 }, 'E-RELAY-SPACE', /0\.5 GiB at most.*1\.0 GiB/],
  ['relay-space', { freeBytes: 2 ** 29 }, 'W-RELAY-SPACE', /0\.5 GiB free.*1\.0 GiB/],
  ['image-name', { imageNameTaken: true }, 'E-IMAGE-NAME', /web1/],
];
/** Of a server on LVM, beside the warning that it is flattened. */
const SNAPSHOTS: readonly [string, Partial<SourceFacts>, RegExp][] = [
  ['snapshots', { ...root(onLvm), ...group(10_000) }, /^the last pass reads as of one moment \/ \(LVM\)$/],
  [
    'snapshots',
    { ...root(onLvm), ...group(10_000), ...boot({ kernels: [] }) },
    /reads as it runs \/ \(its initramfs may not activate/,
  ],
  ['snapshots', { ...root(onLvm), ...group(0) }, /reads as it runs \/ \(volume group vg0 has 0 MiB/],
];
/** Of a server whose postgresql and cron are stopped for its cutover. */
const QUIESCED: readonly [string, Partial<SourceFacts>, string | null, RegExp][] = [
  ['quiesce', active('cron.service'), 'W-QUIESCE', /nothing to stop: postgresql/],
  ['quiesce', { services: { ...GOOD.services, systemState: null } }, 'E-QUIESCE', /systemd/],
  ['quiesce', active('cron.service', 'postgresql.service', 'postgresql@15-main.service'), null, /^/],
];
/** Of a server whose images are for VMware, and whose initramfs lacks the drivers. */
const PLATFORMS: readonly [string, Partial<SourceFacts>, string, RegExp][] = [
  [
    'platform-drivers',
    {},
    'W-INITRAMFS-BUILT',
    /lacks the disk drivers of VMware.*initramfs-tools builds another/,
  ],
  ['platform-drivers', { agentFreeBytes: 100 << 20 }, 'W-PLATFORM-DRIVERS', /only 100 MiB are free/],
  ['platform-drivers', tools({ initramfs: null }), 'W-PLATFORM-DRIVERS', /nothing is installed/],
];
/** A row that only informs and always has something to say. */
const ALWAYS = ['firmware'];

describe('preflight', () => {
  const judge = (facts: Partial<SourceFacts>, relay: Partial<PreflightContext['relay']> = {}) =>
    preflight({ ...GOOD, ...facts }, { server: SERVER, relay: { ...RELAY, ...relay } });

  it('has nothing against a good server', () => {
    expect(judge({}).map(({ code }) => code)).toEqual(['I-FIRMWARE']);
    expect(judge(boot(awaiting('resume'))).map(({ code }) => code)).toEqual(['I-FIRMWARE']);
    expect(judge({}, { reach: null, freeBytes: null, capacityBytes: null, neededBytes: null })).toHaveLength(
      1,
    );
  });

  it.each(FACTS)('%s', (_, facts, code, words) => {
    const findings = judge(facts).filter((one) => one.severity !== 'information' || one.code === code);
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(`${findings[0]?.message ?? ''}\n${findings[0]?.remedy ?? ''}`).toMatch(words);
  });

  it.each(SNAPSHOTS)('%s', (_, facts, words) => {
    const told = (snapshot: 'auto' | 'off') => {
      const sync = { ...SERVER.sync, snapshot };
      const findings = preflight({ ...GOOD, ...facts }, { server: { ...SERVER, sync }, relay: RELAY });
      return findings.filter(({ code }) => code === 'I-SNAPSHOT').map(({ message }) => message);
    };
    expect(told('auto')).toEqual([expect.stringMatching(words)]);
    expect(told('off')).toEqual([]);
  });

  it.each(QUIESCED)('%s', (_, facts, code, words) => {
    const sync = { ...SERVER.sync, mode: 'incremental' as const, quiesce: ['postgresql', 'cron.service'] };
    const findings = preflight({ ...GOOD, ...facts }, { server: { ...SERVER, sync }, relay: RELAY }).filter(
      (finding) => finding.code !== 'I-FIRMWARE',
    );
    expect(findings.map((finding) => finding.code)).toEqual(code === null ? [] : [code]);
    expect(findings[0]?.message ?? '').toMatch(words);
  });

  it.each(PLATFORMS)('%s', (_, facts, code, words) => {
    const kernels = [{ ...kernel('6.1.0-1', true), lacksDriversOf: ['vmware' as const] }];
    const told = (format: 'vmdk' | 'qcow2') =>
      preflight(
        { ...GOOD, ...boot({ kernels }), ...facts },
        { server: { ...SERVER, image: { ...SERVER.image, format } }, relay: RELAY },
      ).filter(({ severity }) => severity !== 'information');
    expect(told('vmdk').map((finding) => finding.code)).toEqual([code]);
    expect(told('vmdk')[0]?.message).toMatch(words);
    expect(told('qcow2')).toEqual([]);
  });

  it('lets what is encrypted arrive unencrypted where the operator consents, and warns', () => {
    const luks = (consent: 'plain' | 'refuse') =>
      preflight(
        { ...GOOD, ...root({ layers: ['lvm', 'luks'] }) },
        { server: { ...SERVER, sync: { ...SERVER.sync, luks: consent } }, relay: RELAY },
      ).map(({ severity, code }) => [severity, code]);
    expect(luks('plain')).toContainEqual(['warning', 'W-LUKS']);
    expect(luks('plain').filter(([severity]) => severity === 'blocking')).toEqual([]);
    expect(luks('refuse')).toContainEqual(['blocking', 'E-LUKS-CONSENT']);
  });

  it.each(CONTEXTS)('%s', (_, relay, code, words) => {
    const findings = judge({}, relay).filter((finding) => finding.severity !== 'information');
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]?.message).toMatch(words);
  });

  it('has a case above for every row, and every code is in the catalogue', () => {
    const tested = new Set(
      [...FACTS, ...CONTEXTS, ...QUIESCED, ...SNAPSHOTS, ...PLATFORMS].map(([row]) => row).concat(ALWAYS),
    );
    expect(CHECKS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
    for (const [, , code] of [...FACTS, ...CONTEXTS]) expect(CATALOGUE).toHaveProperty([code]);
  });

  it('puts blocking findings first, then warnings', () => {
    const order = judge({ cloudInit: false, clockSkewMs: 30_000, root: false }).map(
      ({ severity }) => severity,
    );
    expect(order).toEqual(['blocking', 'warning', 'information', 'information']);
  });

  it('has nothing against Secure Boot where shim and GRUB can be taken along', () => {
    const espPrograms = ['EFI/debian/shimx64.efi', 'EFI/debian/grubx64.efi'];
    const findings = judge(boot({ secureBoot: true, firmware: 'uefi', espPrograms }));
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['I-FIRMWARE', expect.stringContaining('there by shim and GRUB of EFI/debian')],
    ]);
  });

  it('has nothing to say of a filesystem without quotas', () => {
    const options = ['rw', 'relatime', 'noquota', 'usrjquota='];
    expect(judge(root({ mounts: [{ mountpoint: '/', root: '/', options }] }))).toHaveLength(1);
  });

  it('leaves mounts alone that no operator expects to be copied', () => {
    const pseudo = ['proc', 'tmpfs', 'cgroup2', 'devpts'].map((type) => ({
      mountpoint: `/x/${type}`,
      type,
      source: type,
    }));
    expect(judge({ skippedMounts: pseudo })).toHaveLength(1);
  });
});
