import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseTree } from './baseTree.js';
import type { Progress } from './cache.js';
import { runConfined } from './confined.js';
import { awkwardContent } from './content.js';
import { layOut, layoutTable, sfdiskScript } from './layout.js';
import { enabledUnits, writeOverlay } from './overlay.js';
import { LAB_DIR } from './paths.js';
import type { LabContainer, LabServer } from './servers.js';
import { identityFile, serverDir } from './state.js';
import { randomUUID } from 'node:crypto';

/** Makes a server's disks in its folder of the state; they are whole once the file `host_keys` is there. */
export async function buildServer(stateDir: string, server: LabContainer, progress: Progress): Promise<void> {
  const tree = await baseTree(server.kind.tree, progress);
  const folder = serverDir(stateDir, server.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });

  const partitions = layOut(server.kind);
  const publicKey = await readFile(`${identityFile(stateDir)}.pub`, 'utf8');
  await writeOverlay(join(folder, 'overlay'), server, partitions, tree, publicKey);
  const files: Record<string, string> = {
    disks: server.kind.disks.map(({ file, sizeMiB }) => `${file} ${sizeMiB}\n`).join(''),
    layout: layoutTable(partitions),
    units: enabledUnits(server)
      .map((unit) => `${unit}\n`)
      .join(''),
    'content.json': JSON.stringify(awkwardContent(server)),
    ...Object.fromEntries(server.kind.disks.map((disk) => [`${disk.file}.sfdisk`, sfdiskScript(disk)])),
    ...(server.kind.swapFile ? { swapfile: randomUUID() } : {}),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);

  const made = await runConfined([...builderWords(stateDir, server), tree]);
  if (made.exitCode !== 0) throw new Error(`the disks of ${server.name} could not be made:\n${made.output}`);
  await rename(join(folder, 'host_keys.new'), join(folder, 'host_keys'));
}

/** The arguments by which a server's build is known among the processes. */
export function builderWords(stateDir: string, server: LabServer): string[] {
  return ['sh', join(LAB_DIR, 'make-disks.sh'), serverDir(stateDir, server.name)];
}
