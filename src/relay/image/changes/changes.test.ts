import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageChange } from '../../../model/job.js';
import type { MountedTree } from '../tree/mountTree.js';
import { compareCandidates, findCandidates, listReplica } from './computeChanges.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-changes-'));
  await mkdir(join(folder, 'lists'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Makes a tree with `make`, keeps a copy as the replica, changes it with `change`, and computes what that was. */
async function changesOf(
  make: string,
  change: string,
  touched: [string, string][] = [],
): Promise<ImageChange[]> {
  const [image, replica, lists] = [join(folder, 'image'), join(folder, 'replica'), join(folder, 'lists')];
  await mkdir(image);
  await execa('bash', ['-ec', make], { cwd: image });
  await execa('cp', ['-a', image, replica]);
  await listReplica(treeAt(image), lists);
  await execa('bash', ['-ec', change], { cwd: image });
  const candidates = await findCandidates(treeAt(image), lists);
  return compareCandidates(treeAt(replica), candidates, new Map(touched));
}

function treeAt(root: string): MountedTree {
  const mount = {
    mountpoint: '/srv',
    filesystem: 'fs0',
    disk: 'disk1',
    uuid: '',
    type: 'ext4',
    mountRoot: '/',
    hostRoot: root,
  };
  return { mounts: [mount], filesystems: new Map([['fs0', root]]) };
}

test('nothing done is no change', async () => {
  expect(await changesOf('mkdir a; echo x >a/b; ln -s b a/c; mkfifo a/d', ':')).toEqual([]);
});

test('each kind of change is told with what differs, in the server’s paths, with the rule that did it', async () => {
  const make =
    'echo 1 >content; echo 1 >mode; echo 1 >gone; ln -s a link; echo 1 >owner; echo 1 >xattr; touch kind';
  const change = `
    keep() { touch -d @1000 "$1"; }
    touch -r content .t; echo 2 >content; touch -r .t content; rm .t
    chmod 604 mode; rm gone; ln -sfn b link; touch -h -d @1000 link; chown 5:6 owner; setfattr -n user.a -v 1 xattr
    rm kind; mkdir kind; keep kind; echo new >added; touch -d @1000 .`;
  const changes = await changesOf(make, change, [['/srv/added', 'a rule']]);
  const told = Object.fromEntries(
    changes.map(({ path, ...rest }) => [path, `${rest.change} ${rest.what} ${rest.reason}`]),
  );
  expect(told).toEqual({
    '/srv': 'changed mtime ',
    '/srv/content': 'changed content ',
    '/srv/mode': 'changed mode ',
    '/srv/gone': 'removed  ',
    '/srv/link': 'changed link, mtime ',
    '/srv/owner': 'changed owner ',
    '/srv/xattr': 'changed xattrs ',
    '/srv/kind': 'changed type, content, mode, mtime ',
    '/srv/added': 'added  a rule',
  });
  expect(changes.every((change) => change.disk === 'disk1')).toBe(true);
});

test('a file that was rewritten as it was is no change', async () => {
  expect(
    await changesOf(
      'echo 1 >a',
      'touch -r a .t; cp a b; touch -r .t b; mv b a; rm .t; touch -r ../replica .',
    ),
  ).toEqual([]);
});

test('names with newlines, tabs, spaces, quotes, and bytes that are not UTF-8', async () => {
  const names = ["$'new\\nline'", "$'tab\\there'", "' lead'", "$'it\\'s'", "$'\\xff\\xfe'", "'-n'"];
  const make = names.map((name) => `echo 1 >./${name}`).join('\n');
  const change = names.map((name) => `echo 2 >>./${name}`).join('\n');
  const changes = await changesOf(make, change);
  expect(changes.map(({ path, what }) => [path, what]).sort()).toEqual(
    ['/srv/ lead', '/srv/-n', "/srv/it's", '/srv/new\nline', '/srv/tab\there', '/srv/\ufffd\ufffd']
      .sort()
      .map((path) => [path, 'content, mtime']),
  );
});

test('a filesystem that cannot be listed is an error, not an empty list', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(listReplica(treeAt(join(folder, 'nowhere')), join(folder, 'lists'))).rejects.toThrow();
});
