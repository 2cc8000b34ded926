import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentClient } from './AgentClient.js';
import { agentFolder } from './folder.js';
import { localSession, type LocalSession } from './testing/localSession.js';

/** The agent's build with tools that only write down what they were asked for: this machine has none of its own. */
const JOB = { migration: 'agenttest', server: 'initramfs', number: 1 };
const RELEASE = '5.14.0-427.el9.x86_64';

/** A machine with a crypttab, in a mount namespace of its own. */
const WITH_CRYPTTAB = `
set -eu
mkdir -p "$FOLDER/etc" && cp -a /etc/. "$FOLDER/etc"
mkdir -p "$FOLDER/etc/initramfs-tools/conf.d"
echo 'root UUID=1-2 none luks' >"$FOLDER/etc/crypttab"
echo 'RESUME=/dev/mapper/vg-swap' >"$FOLDER/etc/initramfs-tools/conf.d/resume"
echo 'FRAMEBUFFER=y' >"$FOLDER/etc/initramfs-tools/conf.d/mine"
mount --bind "$FOLDER/etc" /etc
exec "$@"
`;

let folder: string;
let session: LocalSession;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-builder-'));
  const names = [`FOLDER=${folder}`, `PATH=${folder}:${process.env['PATH'] ?? ''}`];
  session = await localSession('dash', [...names, 'unshare', '-m', 'sh', '-c', WITH_CRYPTTAB, 'sh']);
});
afterEach(async () => {
  await AgentClient.toRemove(session, JOB).remove();
  await session.dispose();
  await rm(folder, { recursive: true });
});

async function tool(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}`);
  await chmod(join(folder, name), 0o755);
}

/** What lists an initramfs: its drivers, and these files. */
async function lists(...files: string[]): Promise<void> {
  const lines = ['lib/modules/5/virtio_blk.ko', 'lib/modules/5/virtio_pci.ko', ...files];
  const listing = lines.map((path) => `-rw-r--r-- 1 root root 40 Jan 1 1970 ${path}`).join('\n');
  for (const name of ['lsinitrd', 'lsinitramfs']) await tool(name, `cat <<'END'\n${listing}\nEND\n`);
}

async function dracutKnows(...options: string[]): Promise<void> {
  const help = `[ "$1" != --help ] || { echo '${options.join(' ')}'; exit 1; }`;
  // The last two words are the file and the kernel.
  const build =
    'printf "%s\\n" "$@" >"$FOLDER/asked"; cat /etc/crypttab >"$FOLDER/crypttab"\n' +
    'while [ $# -gt 2 ]; do shift; done; echo image >"$1"';
  await tool('dracut', `${help}\n${build}\n`);
}

const asked = async (): Promise<string[]> =>
  (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n');
const build = async (): Promise<void> => (await AgentClient.push(session, JOB)).buildInitramfs(RELEASE);

describe('an initramfs for the image', () => {
  it('is built by dracut for any machine, without what waits for volumes of this one', async () => {
    await lists();
    await dracutKnows('--no-hostonly', '--no-hostonly-cmdline', '--tmpdir');
    await build();
    const words = await asked();
    expect(words).toEqual(expect.arrayContaining(['--no-hostonly', '--no-hostonly-cmdline', '--tmpdir']));
    expect(words[words.indexOf('--omit') + 1]?.split(' ')).toEqual(
      expect.arrayContaining(['lvm', 'mdraid', 'crypt']),
    );
    expect(words.slice(-2)).toEqual([`${agentFolder(JOB)}/build/initrd.img`, RELEASE]);
    expect(await readFile(join(folder, 'crypttab'), 'utf8')).toBe('');
    expect(await readFile(join(agentFolder(JOB), 'initramfs/initrd.img'), 'utf8')).toBe('image\n');
  });

  it('is built by an old dracut with what that knows', async () => {
    await lists();
    await dracutKnows('--force', '--add-drivers', '--omit');
    await build();
    expect((await asked()).filter((word) => word.startsWith('--'))).toEqual([
      '--force',
      '--add-drivers',
      '--omit',
    ]);
  });

  it('is built by initramfs-tools without the swap and the volumes of this machine', async () => {
    await lists('conf/conf.d/zz-fleetlift');
    await tool(
      'mkinitramfs',
      'cp -r "$2" "$FOLDER/conf"; cat /etc/crypttab >"$FOLDER/crypttab"; echo image >"$4"; echo "$5" >"$FOLDER/asked"\n',
    );
    await build();
    expect(await asked()).toEqual([RELEASE]);
    const settings = (name: string) => readFile(join(folder, 'conf/conf.d', name), 'utf8');
    expect(await settings('zz-fleetlift')).toBe('MODULES=most\nRESUME=none\n');
    expect(await settings('mine')).toBe('FRAMEBUFFER=y\n');
    await expect(settings('resume')).rejects.toThrow('ENOENT');
    expect(await readFile(join(folder, 'crypttab'), 'utf8')).toBe('');
  });

  it('is refused where it waits for volumes all the same, and built anew once that is mended', async () => {
    await lists('etc/cmdline.d/90lvm.conf');
    await dracutKnows();
    await expect(build()).rejects.toMatchObject({
      code: 'E-INITRAMFS',
      message: expect.stringContaining('waits for volumes of the source as well (lvm)') as string,
    });
    await lists();
    await build();
  });

  it('is refused where it has no virtio drivers either', async () => {
    for (const name of ['lsinitrd', 'lsinitramfs']) await tool(name, 'echo lib/modules/5/ext4.ko\n');
    await dracutKnows();
    await expect(build()).rejects.toMatchObject({ code: 'E-INITRAMFS' });
  });
});
