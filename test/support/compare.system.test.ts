import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awkwardContent } from '../../lab/content.js';
import { LAB_DIR } from '../../lab/paths.js';
import { labServer } from '../../lab/servers.js';
import { compareTrees, type DifferenceKind } from './compare.js';

let folder = '';
const left = (): string => join(folder, 'left');
const right = (): string => join(folder, 'right');

const AWKWARD = '/srv/awkward';

/** Each alters the copy in one way, and says what must be found, and where. */
const ALTERATIONS: readonly [
  change: string,
  command: string,
  kinds: readonly DifferenceKind[],
  path: string,
][] = [
  ['a file is gone', 'rm -- names/--delete; like names', ['missing'], 'names/--delete'],
  ['a file is new', 'touch names/new; like names', ['extra'], 'names/new'],
  ['a file became a link', 'rm empty-file; ln -s x empty-file; like .', ['type'], 'empty-file'],
  ['a mode', 'chmod 0755 rights/setuid', ['mode'], 'rights/setuid'],
  ['an owner', 'chown 123457 rights/odd-owner', ['owner'], 'rights/odd-owner'],
  ['a group', 'chgrp 1 rights/odd-owner', ['owner'], 'rights/odd-owner'],
  ['a time of a file', 'touch -d @315532801 times/1980', ['mtime'], 'times/1980'],
  ['a time of a folder', 'touch -d @1000000001 empty-folder', ['mtime'], 'empty-folder'],
  ['a time of a link', 'touch -h -d @946684801 links/with-owner', ['mtime'], 'links/with-owner'],
  [
    'one byte, under every name of the file',
    'printf X | dd of=hard/one bs=1 seek=50000 conv=notrunc status=none; like hard/one',
    ['content'],
    'elsewhere/deep/three',
  ],
  ['a size', 'truncate -s +1 sparse/only-a-hole; like sparse/only-a-hole', ['size'], 'sparse/only-a-hole'],
  ['holes filled', 'fallocate -l 64M sparse/holes; like sparse/holes', ['sparse'], 'sparse/holes'],
  [
    'a target',
    'ln -sfn /etc/passwe links/absolute; like links/absolute; like links',
    ['target'],
    'links/absolute',
  ],
  [
    'a hard link became a copy',
    'cp -p hard/two x; mv x hard/two; like hard; like .',
    ['hardlinks'],
    'hard/two',
  ],
  ['an attribute', 'setfattr -n user.comment -v other rights/user-xattr', ['xattr'], 'rights/user-xattr'],
  [
    'an attribute of root’s',
    'setfattr -x trusted.overlay.opaque rights/trusted-xattr',
    ['xattr'],
    'rights/trusted-xattr',
  ],
  ['an entry of an ACL', 'setfacl -n -m u:12345:r rights/acl', ['acl'], 'rights/acl'],
  ['a default ACL', 'setfacl -k rights/default-acl', ['acl'], 'rights/default-acl'],
  ['a capability', 'setcap cap_net_raw+p rights/ping', ['capability'], 'rights/ping'],
  [
    'a device number',
    'rm special/disk; mknod -m 660 special/disk b 253 301; chgrp 6 special/disk; like special/disk; like special',
    ['device'],
    'special/disk',
  ],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-compare-'));
  const content = awkwardContent(labServer(2)).filter(({ path }) => path.startsWith(AWKWARD));
  await execa('python3', [join(LAB_DIR, 'lay-content.py'), left()], { input: JSON.stringify(content) });
});

afterAll(async () => {
  await execa('chattr', ['-R', '-i', folder], { reject: false });
  await rm(folder, { recursive: true, force: true });
});

describe('compareTrees', () => {
  it('finds a true copy equal', async () => {
    await copy();
    const { files, differences } = await compareTrees(left(), right());
    expect(differences).toEqual([]);
    expect(files).toBeGreaterThan(60);
  });

  it.each(ALTERATIONS)('finds %s', async (_change, command, kinds, path) => {
    await copy();
    // like FILE: gives it the time that its original has.
    const like = 'like() { touch -h -r "$ORIGINAL/$1" -- "$1"; }';
    await execa('sh', ['-euc', `${like}; ${command}`], {
      cwd: join(right(), AWKWARD),
      env: { ORIGINAL: join(left(), AWKWARD) },
    });
    const { differences } = await compareTrees(left(), right());
    const found = differences.filter((difference) => difference.path === join('srv/awkward', path));
    expect(found.map(({ kind }) => kind)).toEqual(kinds);
    // Nothing but the altered file, and the others of its group of hard links.
    expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  it('tells when the original changed; of one that is not there, when its folder did', async () => {
    await copy();
    const original = join(left(), AWKWARD);
    await execa('touch', [join(right(), AWKWARD, 'names/new'), join(right(), AWKWARD, 'empty-file')]);
    const { differences } = await compareTrees(left(), right());
    const told = (path: string): number | undefined =>
      differences.find((difference) => difference.path === `srv/awkward/${path}`)?.leftChangedAt;
    const seconds = async (path: string): Promise<number> => Math.floor((await lstat(path)).ctimeMs / 1000);
    expect(told('names/new')).toBe(await seconds(join(original, 'names')));
    expect(told('empty-file')).toBe(await seconds(join(original, 'empty-file')));
  });

  it('leaves out what it is told to', async () => {
    await copy();
    await rm(join(right(), AWKWARD, 'names'), { recursive: true });
    await execa('touch', ['-d', '@1234567890', join(right(), AWKWARD)]);
    expect((await compareTrees(left(), right(), ['srv/awkward/names'])).differences).toEqual([]);
  });
});

async function copy(): Promise<void> {
  await execa('chattr', ['-R', '-f', '-i', right()], { reject: false });
  await rm(right(), { recursive: true, force: true });
  await execa('cp', ['-a', '--sparse=always', left(), right()]);
}
