import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { runTool } from '../../runTool.js';

/** What can differ of one path, each as a text that is equal where that is equal; null: nothing is there. */
export type Description = Readonly<Record<Aspect, string>> | null;

/** Aspects in the order in which the list of changes names them. */
export const ASPECTS = ['type', 'content', 'link', 'mode', 'owner', 'xattrs', 'mtime'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** Describes a path below a root, following nothing. */
export async function describe(root: string, path: Buffer): Promise<Description> {
  const place = Buffer.concat([Buffer.from(`${root}/`), path]);
  const stats = await lstat(place, { bigint: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return null;
  const type = Number(stats.mode & 0o170000n);
  return {
    type: `${type} ${stats.rdev}`,
    content: type === constants.S_IFREG ? `${stats.size} ${await sha256Of(place)}` : '',
    link:
      type === constants.S_IFLNK ? (await readlink(place, { encoding: 'buffer' })).toString('latin1') : '',
    mode: (stats.mode & 0o7777n).toString(8),
    owner: `${stats.uid}:${stats.gid}`,
    xattrs: await xattrsOf(place),
    mtime: String(stats.mtimeNs),
  };
}

async function sha256Of(place: Buffer): Promise<string> {
  const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const hash = createHash('sha256');
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Names that are not UTF-8 cannot be arguments of a tool started by Node: they go through the shell as octal. */
async function xattrsOf(place: Buffer): Promise<string> {
  const escaped = [...place].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  const script = 'name=$(printf "%b_" "$1"); getfattr --absolute-names -h -d -m - -e hex -- "${name%_}"';
  const { stdout } = await runTool('sh', ['-c', script, 'sh', escaped], { about: 'extended attributes' });
  return stdout
    .split('\n')
    .filter((line) => line.includes('=') && !line.startsWith('# file'))
    .sort()
    .join('\n');
}
