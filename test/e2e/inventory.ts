import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import { inventoryFile } from '../../lab/state.js';
import type { MigrationResult, ServerResult } from '../../src/model/job.js';

/** Writes the lab's inventory under a name of its own, changed as the test wants it; answers its path. */
export async function writeInventory(
  folder: string,
  name: string,
  change: (document: Document) => void,
): Promise<string> {
  const document: Document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
  document.set('name', name);
  change(document);
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, document.toString());
  return file;
}

/** For tests of the transfer: compares by checksum and boots nothing, and repeats soon. */
export function transferOnly(document: Document): void {
  document.setIn(['defaults', 'verify'], { checksum: true, boot: [] });
  document.setIn(['defaults', 'retry'], { maximumAttempts: 5, initialInterval: '1s' });
}

/** What is excluded for a quick migration: little of the data is left, and nothing of it boots. */
export const QUICK_EXCLUDES = {
  system: ['/usr/share/', '/usr/lib/x86_64-linux-gnu/', '/srv/', '/var/', '/opt/', '/home/'],
};

/** What is excluded where little is to be sent besides the large file of lab1. */
export const ALL_BUT_LARGE_EXCLUDES = {
  system: QUICK_EXCLUDES.system.filter((path) => path !== '/srv/'),
};

/** The server of that name. */
export function serverOf(servers: readonly ServerResult[], name: string): ServerResult {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) throw new Error(`${name} is not in the result`);
  return server;
}

/** The server of a lab that has one. */
export function onlyServer(result: MigrationResult): ServerResult {
  const [server] = result.servers;
  if (server === undefined || result.servers.length > 1) {
    throw new Error(`not one server: ${JSON.stringify(result.servers)}`);
  }
  return server;
}
