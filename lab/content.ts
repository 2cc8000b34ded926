import { isMachine, type LabServer } from './servers.js';

/**
 * Awkward content: what real servers hold and copies lose. A name is a string of the characters U+0000 to U+00FF,
 * one for each byte of the file name.
 */
export interface ContentEntry {
  readonly path: string;
  readonly kind:
    'folder' | 'file' | 'hardlink' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block' | 'many';
  readonly target?: string;
  readonly text?: string;
  /** Start, length and kind of what is written; between lie holes. */
  readonly extents?: readonly (readonly [startByte: number, lengthBytes: number, kind: 'random' | 'text'])[];
  readonly size?: number;
  readonly seed?: number;
  readonly device?: readonly [major: number, minor: number];
  readonly count?: number;
  readonly owner?: readonly [uid: number, gid: number];
  readonly mode?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly capabilities?: string;
  readonly acl?: string;
  /** As chattr takes them. */
  readonly flags?: string;
}

const MIB = 1024 * 1024;

/** Everything awkward on one server, the same at every run. */
export function awkwardContent(server: LabServer): ContentEntry[] {
  const folders = ['/srv/awkward', ...dataFolders(server)];
  const entries: ContentEntry[] = [
    ...folders.flatMap(awkwardFolder),
    { path: '/srv/source/shared.txt', kind: 'file', text: 'seen twice, kept once\n' },
    { path: '/srv/bind/below-the-bind.txt', kind: 'file', text: 'hidden below a bind mount\n' },
    isMachine(server) && server.kind.smallFiles > 0
      ? { path: '/srv/layers', kind: 'many', count: server.kind.smallFiles }
      : { path: '/srv/many', kind: 'many', count: 5000 },
    {
      path: '/var/lib/app/state.db',
      kind: 'file',
      extents: [[0, 3 * MIB, 'random']],
      owner: [123456, 123457],
    },
    {
      path: '/srv/awkward/immutable.conf',
      kind: 'file',
      text: 'cannot be changed, not even by root\n',
      flags: '+i',
    },
  ];
  if (server.largeFileMiB > 0) {
    const half = (server.largeFileMiB * MIB) / 2;
    entries.push({
      path: '/srv/large/disk-dump.bin',
      kind: 'file',
      extents: [
        [0, half, 'random'],
        [half, half, 'text'],
      ],
      mtime: 1_600_000_000,
    });
  }
  return entries.map((entry) => ({ ...entry, seed: seedOf(server.name + entry.path) }));
}

/** Folders on the server's other filesystems that get the same content. */
function dataFolders(server: LabServer): readonly string[] {
  if (isMachine(server)) return server.kind.folders;
  const folders: string[] = [];
  for (const { mountpoint, subvolume } of server.kind.disks.flatMap(({ partitions }) => partitions)) {
    if (mountpoint === undefined || !mountpoint.startsWith('/srv/')) continue;
    folders.push(`${mountpoint}/awkward`);
    if (subvolume !== undefined) folders.push(`${mountpoint}/nested/awkward`);
  }
  return folders;
}

function awkwardFolder(folder: string): ContentEntry[] {
  const file = (name: string, rest: Partial<ContentEntry> = {}): ContentEntry => ({
    path: `${folder}/${name}`,
    kind: 'file',
    text: `content of a file in ${folder}\n`,
    ...rest,
  });
  const link = (name: string, target: string): ContentEntry => ({
    path: `${folder}/links/${name}`,
    kind: 'symlink',
    target,
  });
  const hardLink = (name: string): ContentEntry => ({
    path: `${folder}/${name}`,
    kind: 'hardlink',
    target: `${folder}/hard/one`,
  });
  return [
    { path: folder, kind: 'folder', mtime: 1_234_567_890 },
    // Hard links, also across folders, and one with a capability.
    file('hard/one', { extents: [[0, 100_000, 'random']], owner: [33, 33] }),
    hardLink('hard/two'),
    hardLink('elsewhere/deep/three'),
    // Sparse: a hole in front, in between, and nothing but a hole.
    file('sparse/holes', {
      extents: [
        [8 * MIB, 65_536, 'random'],
        [40 * MIB, 65_536, 'text'],
      ],
      size: 64 * MIB,
    }),
    { path: `${folder}/sparse/only-a-hole`, kind: 'file', size: 128 * MIB },
    file('empty-file', { text: '' }),
    // Rights of every kind.
    file('rights/acl', { acl: 'u:12345:rw,g:54321:r,m::rwx' }),
    {
      path: `${folder}/rights/default-acl`,
      kind: 'folder',
      acl: 'u:12345:rwx,d:u:12345:rwx,d:g:54321:rx',
      mode: 0o750,
    },
    file('rights/user-xattr', { xattrs: { 'user.comment': 'with a \x00 byte, and \xff', 'user.empty': '' } }),
    file('rights/trusted-xattr', {
      xattrs: { 'trusted.overlay.opaque': 'y', 'trusted.lab': '\x01\x02\x03' },
      mode: 0o400,
    }),
    {
      path: `${folder}/rights/folder-xattr`,
      kind: 'folder',
      xattrs: { 'user.comment': 'a folder has some too' },
    },
    file('rights/ping', { mode: 0o755, capabilities: 'cap_net_raw+ep' }),
    file('rights/server', {
      mode: 0o750,
      owner: [0, 33],
      capabilities: 'cap_net_bind_service,cap_chown+eip',
    }),
    file('rights/setuid', { mode: 0o4755 }),
    file('rights/setgid', { mode: 0o2755, owner: [33, 42] }),
    file('rights/setuid-other', { mode: 0o6711, owner: [123456, 123456] }),
    { path: `${folder}/rights/sticky`, kind: 'folder', mode: 0o1777 },
    { path: `${folder}/rights/setgid-folder`, kind: 'folder', mode: 0o2775, owner: [0, 50] },
    file('rights/nobody-may', { mode: 0o000 }),
    file('rights/odd-owner', { owner: [123456, 4_000_000_000] }),
    // Neither files nor folders.
    { path: `${folder}/special/null`, kind: 'character', device: [1, 3], mode: 0o666 },
    { path: `${folder}/special/disk`, kind: 'block', device: [253, 300], mode: 0o660, owner: [0, 6] },
    { path: `${folder}/special/fifo`, kind: 'fifo', mode: 0o622 },
    { path: `${folder}/special/socket`, kind: 'socket' },
    link('dangling', 'no/such/file'),
    link('absolute', '/etc/passwd'),
    link('out-of-the-tree', '../../../../../../../../etc/shadow'),
    link('itself', 'itself'),
    link('folder', '../hard'),
    { ...link('with-owner', 'x'.repeat(900)), owner: [123456, 100], mtime: 946_684_800 },
    // Names.
    ...AWKWARD_NAMES.map((name) => file(`names/${name}`, { text: `the name has ${name.length} bytes\n` })),
    { path: `${folder}/names/ folder with spaces /inner\n`, kind: 'folder' },
    { path: `${folder}/empty-folder`, kind: 'folder', mode: 0o700, mtime: 1_000_000_000 },
    // Times: before 1970, the start of 1980, and past 2038 as far as every filesystem goes.
    file('times/before-1970', { mtime: -86_400 }),
    file('times/1980', { mtime: 315_532_800 }),
    file('times/2037', { mtime: 2_145_916_800 }),
    file('times/2100', { mtime: 4_102_444_800 }),
  ];
}

const AWKWARD_NAMES = [
  'with space',
  ' leading and trailing ',
  'new\nline',
  'tab\tand\rreturn',
  `it's "quoted" \`twice\` $HOME $(id)`,
  '-rf',
  '--delete',
  '#hash',
  'back\\slash',
  'back\\#134hash',
  '\\#012',
  'star*?[a]{b,c}',
  '~',
  '.hidden',
  '...',
  'colon:and;semi&|<>!',
  '100%d%s',
  '\xff\xfe not UTF-8 \x80',
  '\xc3\x28',
  'gr\xc3\xbc\xc3\x9fe',
  '\xe2\x80\xae right to left',
  '\x01\x1b[31m\x7f',
  'x'.repeat(255),
  `${'\xc3\xa4'.repeat(127)}z`,
];

/** A small stable hash, so that every file's bytes differ and are the same at every run. */
function seedOf(text: string): number {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  return hash;
}
