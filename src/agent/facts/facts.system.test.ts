import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentScript } from '../script.js';
import { parseFacts } from './parseFacts.js';

const SHELLS = [
  ['dash', ['dash']],
  ['busybox sh', ['busybox', 'sh']],
  ['bash --posix', ['bash', '--posix']],
] as const;

/**
 * Makes three filesystems in a mount namespace of its own, from which everything goes with the last process, then asks
 * the agent. The files below the loop devices are hidden from it: else they would be images of this machine's.
 */
const WITH_DISKS = `
set -eu
# What the tools say is not the agent's answer.
exec 3>&1 >&2
dir=$1; shift
mkdir -p "$dir/img" "$dir/ext" "$dir/a b" "$dir/bind" "$dir/btr"
for name in ext xfs btr; do truncate -s 400M "$dir/img/$name"; done
mkfs.ext4 -q -O ^metadata_csum -I 128 -L 'ext one' "$dir/img/ext"
mkfs.xfs -q -m reflink=0 -L xfsone "$dir/img/xfs"
mkfs.btrfs -q "$dir/img/btr"
mount -o loop "$dir/img/ext" "$dir/ext"
mount -o loop,noatime "$dir/img/xfs" "$dir/a b"
mount -o loop "$dir/img/btr" "$dir/btr"
btrfs -q subvolume create "$dir/btr/@data"
btrfs -q subvolume create "$dir/btr/@data/inner"
btrfs -q property set "$dir/btr/@data/inner" ro true
umount -l "$dir/btr" && mount -o loop,subvol=@data "$dir/img/btr" "$dir/btr"
mkdir "$dir/ext/folder" && mount --bind "$dir/ext/folder" "$dir/bind"
dd if=/dev/urandom of="$dir/a b/file" bs=1M count=20 status=none
sync -f "$dir/a b/file"
mount -t tmpfs none "$dir/img"
exec "$@" >&3 3>&-
`;

let folder = '';
let script = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-facts-'));
  script = (await agentScript()).text;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(SHELLS)('facts by %s', (name, [program, ...options]) => {
  const ask = async (before: readonly string[]) => {
    const sentAtMs = Date.now();
    const [file = program, ...words] = [...before, program, ...options];
    const { stdout } = await execa(file, [...words, '-s', 'facts'], { input: script });
    return parseFacts(stdout, { sentAtMs, receivedAtMs: Date.now() });
  };

  it('is quick and short where a tool or the encoder prints without end', async () => {
    const tools = join(folder, `endless-${program}`);
    await mkdir(tools, { recursive: true });
    await writeFile(join(tools, 'systemctl'), '#!/bin/sh\nexec yes ENDLESS\n', { mode: 0o755 });
    const path = (first: string) => ({ PATH: `${first}:${process.env['PATH'] ?? ''}` });
    const run = async () => {
      const words = [program, ...options, '-s', 'facts'];
      const startedMs = performance.now();
      const { stdout } = await execa('env', words, { input: script, env: path(tools) });
      expect(performance.now() - startedMs).toBeLessThan(10_000);
      expect(stdout.length).toBeLessThan(3 << 20);
      return () => parseFacts(stdout, { sentAtMs: Date.now(), receivedAtMs: Date.now() });
    };
    expect((await run())().services).toBeDefined();
    await writeFile(join(tools, 'base64'), '#!/bin/sh\nexec yes ENDLESS\n', { mode: 0o755 });
    expect(await run()).toThrow("the agent's facts cannot be used");
  });

  it('sees this machine, quickly', async () => {
    const startedAt = Date.now();
    const facts = await ask([]);
    expect(Date.now() - startedAt).toBeLessThan(5000);
    expect(facts.filesystems[0]?.mounts[0]?.mountpoint).toBe('/');
    expect(facts.disks[0]?.id).toBe('system');
    expect(facts.identity.hostname).toBe((await execa('uname', ['-n'])).stdout);
    expect(facts.boot.commandLine).toBe((await readFile('/proc/cmdline', 'utf8')).trim());
    expect(facts.tools.rsync?.version).toMatch(/^3\.\d/);
    expect(Math.abs(facts.clockSkewMs)).toBeLessThan(1000);
    expect(facts.root).toBe(true);
  });

  it('goes on where a user may do little', async () => {
    const facts = await ask(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
    expect(facts.root).toBe(false);
    expect(facts.filesystems[0]?.usedBytes).toBeGreaterThan(0);
  });

  it('lists the initramfs of a kernel with a plus in its name, as Debian 13 has', async () => {
    const release = '6.12.41+deb13-amd64';
    const tools = join(folder, `plus-${program}`);
    await mkdir(tools, { recursive: true });
    const uname = `#!/bin/sh\n[ "$1" != -r ] || { echo '${release}'; exit; }\nexec /usr/bin/uname "$@"\n`;
    const list = "#!/bin/sh\nprintf 'lib/%s.ko\\n' virtio_blk virtio_scsi virtio_pci virtio_net\n";
    await writeFile(join(tools, 'uname'), uname, { mode: 0o755 });
    await writeFile(join(tools, 'lsinitramfs'), list, { mode: 0o755 });
    const boot = `mount -t tmpfs none /boot && touch /boot/vmlinuz-${release} /boot/initrd.img-${release} && exec "$@"`;
    const path = `PATH=${tools}:${process.env['PATH'] ?? ''}`;
    const namespace = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', boot, 'sh'];
    const facts = await ask(['env', path, ...namespace]);
    expect(facts.boot.kernels).toMatchObject([{ release, virtio: true }]);
  });

  it('sees ext4, xfs and btrfs as they were made', async () => {
    const own = join(folder, name.replace(/\W/g, ''));
    const prefix = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', WITH_DISKS, 'sh', own];
    const { filesystems, skippedMounts, disks } = await ask(prefix);
    const at = (mountpoint: string) =>
      filesystems.find(({ mounts }) => mounts[0]?.mountpoint === join(own, mountpoint));

    expect(at('ext')).toMatchObject({ type: 'ext4', label: 'ext one', sizeBytes: 400 << 20 });
    expect(at('ext')?.features).toMatchObject({ family: 'ext', inodeSize: 128 });
    expect(at('ext')?.features).not.toMatchObject({
      features: expect.arrayContaining(['metadata_csum']) as unknown,
    });
    expect(at('a b')).toMatchObject({ type: 'xfs', label: 'xfsone', layers: [] });
    expect(at('a b')?.features).toMatchObject({ family: 'xfs', flags: { reflink: false, ftype: true } });
    expect(at('a b')?.usedBytes).toBeGreaterThan(20 << 20);
    expect(at('btr')?.mounts).toMatchObject([{ root: '/@data' }]);
    expect(at('btr')?.features).toMatchObject({
      family: 'btrfs',
      checksum: 'crc32c',
      subvolumes: [
        { path: '@data', readonly: false },
        { path: '@data/inner', readonly: true },
      ],
    });
    expect(new Set([at('ext'), at('a b'), at('btr')].map((filesystem) => filesystem?.disk)).size).toBe(3);
    expect(disks.length).toBeGreaterThanOrEqual(4);
    expect(skippedMounts).toContainEqual({ mountpoint: join(own, 'bind'), type: 'bind', source: '/folder' });
  });
});
