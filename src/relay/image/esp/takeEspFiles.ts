import { constants, createWriteStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import { ESP, ESP_BYTES } from '../../../model/plan.js';
import { ESP_DISK } from '../../replica/extraDisks.js';
import { withMountedTree, type MountTreeOptions } from '../tree/mountTree.js';

/** What firmware and GRUB read, and mtools writes as it reads it. A FAT of a server holds hardly anything else. */
const NAME = /^(?! )[ !#$%&'()+,\-.0-9;=@A-Z[\]^_`a-z{}~]{1,200}(?<![ .])$/;
const MOST_FILES = 10_000;
const DEEPEST = 16;

/**
 * Copies the files of the source's ESP from the disk that received them into a folder that is made for them. Only folders
 * and regular files are taken, and no link is followed: a source may have sent anything there. Where the plan takes none
 * along, the folder stays empty.
 *
 * @throws FleetliftError E-IMAGE-TREE where they are more, or larger, than an ESP holds; E-RELAY-DISK
 */
export async function takeEspFiles(options: Omit<MountTreeOptions, 'readOnly'>, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  if (options.plan.espFileBytes === undefined) return;
  const plan = { ...options.plan, disks: [ESP_DISK] };
  await withMountedTree({ ...options, plan, readOnly: true }, async ({ filesystems }) => {
    const left = { files: MOST_FILES, bytes: ESP_BYTES };
    await takeFolder(filesystems.get(ESP) ?? '', to, { left, depth: 0, signal: options.signal });
  });
}

interface Taking {
  readonly left: { files: number; bytes: number };
  readonly depth: number;
  readonly signal: AbortSignal | undefined;
}

/** A name that FAT knows already, in whatever case, is another file only where the source was no FAT. */
async function takeFolder(from: string, to: string, taking: Taking): Promise<void> {
  if (taking.depth > DEEPEST) throw refused('lie too deep');
  const taken = new Set<string>();
  const entries = await readdir(from, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    const isOurs = taking.depth === 0 && name === 'lost+found';
    if (isOurs || !NAME.test(name) || taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    taking.left.files -= 1;
    if (taking.left.files < 0) throw refused(`are more than ${MOST_FILES}`);
    if (entry.isDirectory()) {
      await takeFolder(join(from, name), join(to, name), { ...taking, depth: taking.depth + 1 });
    } else if (entry.isFile()) {
      await takeFile(join(from, name), join(to, name), taking);
    }
  }
}

async function takeFile(from: string, to: string, { left, signal }: Taking): Promise<void> {
  const handle = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    left.bytes -= (await handle.stat()).size;
    if (left.bytes < 0) throw refused(`are larger than ${ESP_BYTES} bytes`);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const target = createWriteStream(to, { flags: 'wx', mode: 0o600 });
    await pipeline(
      handle.createReadStream({ autoClose: false }),
      target,
      signal === undefined ? {} : { signal },
    );
  } finally {
    await handle.close();
  }
}

function refused(what: string): FleetliftError {
  return new FleetliftError('E-IMAGE-TREE', {
    message: `the files of the source's EFI system partition ${what}`,
  });
}
