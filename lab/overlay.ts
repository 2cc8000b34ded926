import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FIXED_ADDRESSES } from './emulation.js';
import { fstab, type LaidPartition } from './layout.js';
import { PREFIX_LENGTH, RELAY_ADDRESS, type LabContainer, type LabServer } from './servers.js';

const KERNEL_PARAMETERS = `audit=0 ${FIXED_ADDRESSES}`;

/** Writes the files that make one server of the base tree: identity, fstab, boot menu, network, login. */
export async function writeOverlay(
  folder: string,
  server: LabContainer,
  partitions: readonly LaidPartition[],
  tree: string,
  publicKey: string,
): Promise<void> {
  await writeFiles(folder, {
    ...identityFiles(server),
    'etc/fstab': fstab(partitions, server.kind.swapFile),
    'etc/default/grub': await grubDefaults(tree),
    'boot/grub/grub.cfg': await grubMenu(tree, partitions),
    ...networkFiles(server),
  });
  await writeLogin(folder, publicKey);
}

/** What makes one server of many that were made of one system, as content by path. */
export function identityFiles({ name }: LabServer): Record<string, string> {
  return {
    'etc/hostname': `${name}\n`,
    'etc/hosts': `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n`,
    'etc/machine-id': `${randomBytes(16).toString('hex')}\n`,
    'etc/resolv.conf': `nameserver ${RELAY_ADDRESS}\n`,
    'var/www/html/index.html': `<h1>${name}</h1>\n`,
  };
}

/** Writes files below a folder, by their path in the server. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await write(join(folder, path), content, 0o644);
}

/** Lets root in with the lab's key. */
export async function writeLogin(folder: string, publicKey: string): Promise<void> {
  const ssh = join(folder, 'root/.ssh');
  await mkdir(join(folder, 'root'), { mode: 0o700, recursive: true });
  await mkdir(ssh, { mode: 0o700 });
  await write(join(ssh, 'authorized_keys'), publicKey, 0o600);
}

/** Units beyond those that the packages enable. */
export function enabledUnits(server: LabContainer): string[] {
  return server.kind.network === 'ifupdown' ? [] : ['systemd-networkd.service'];
}

function networkFiles({ address, kind }: LabContainer): Record<string, string> {
  switch (kind.network) {
    case 'ifupdown':
      return {
        'etc/network/interfaces':
          `auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n` +
          `\taddress ${address}/${PREFIX_LENGTH}\n`,
      };
    case 'systemd-networkd':
      return {
        'etc/systemd/network/10-eth0.network': `[Match]\nName=eth0\n\n[Network]\nAddress=${address}/${PREFIX_LENGTH}\nLinkLocalAddressing=no\n`,
      };
    case 'netplan':
      return {
        'etc/netplan/01-eth0.yaml':
          `network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    eth0:\n` +
          `      addresses: [${address}/${PREFIX_LENGTH}]\n      link-local: []\n`,
      };
  }
}

/** The file of Debian's grub-pc, with kernel parameters of the operator's own. */
async function grubDefaults(tree: string): Promise<string> {
  const stock = await readFile(join(tree, 'usr/share/grub/default/grub'), 'utf8');
  return stock.replace(/^GRUB_CMDLINE_LINUX=.*$/m, `GRUB_CMDLINE_LINUX="${KERNEL_PARAMETERS}"`);
}

/** A boot menu as update-grub makes it, which cannot run on a disk that is not booted. */
async function grubMenu(tree: string, partitions: readonly LaidPartition[]): Promise<string> {
  const kernel = (await readdir(join(tree, 'boot'))).find((file) => file.startsWith('vmlinuz-'));
  const root = partitions.find(({ mountpoint }) => mountpoint === '/');
  const boot = partitions.find(({ mountpoint }) => mountpoint === '/boot');
  if (kernel === undefined || root === undefined) {
    throw new Error(`the base tree ${tree} has no kernel: remove it and run the lab again`);
  }
  const folder = boot === undefined ? '/boot' : '';
  const release = kernel.slice('vmlinuz-'.length);
  return [
    'set timeout=5',
    `menuentry 'Debian GNU/Linux' {`,
    `\tsearch --no-floppy --fs-uuid --set=root ${(boot ?? root).uuid}`,
    `\tlinux ${folder}/${kernel} root=UUID=${root.uuid} ro ${KERNEL_PARAMETERS} quiet`,
    `\tinitrd ${folder}/initrd.img-${release}`,
    '}',
    '',
  ].join('\n');
}

async function write(path: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode });
}
