import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Fleet } from '../model/fleet.js';
import { readExcludesFromDisk } from './excludeFiles.js';
import { parseFleet } from './parse.js';
import { InventoryErrors } from './problems.js';

/** A thousand servers with every field take about 1 MB. */
const LARGEST_FILE_BYTES = 8 * 1024 * 1024;

/**
 * Reads an inventory file, and the folders of excludes that it names (relative to the file's own folder).
 *
 * @throws {InventoryErrors} with everything that is wrong with it, also where the file cannot be read
 */
export async function loadFleet(file: string, env: NodeJS.ProcessEnv): Promise<Fleet> {
  const readExcludes = (folder: string) => readExcludesFromDisk(resolve(dirname(file), folder));
  return parseFleet(await readText(file), { file, env, readExcludes });
}

async function readText(file: string): Promise<string> {
  const content = await readFile(file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT')
      throw unreadable(file, 'there is no such file', `Begin one with: fleetlift init ${file}`);
    throw unreadable(file, error.message);
  });
  if (content.length > LARGEST_FILE_BYTES) throw unreadable(file, 'the file is larger than 8 MiB');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unreadable(file, 'the file is not UTF-8 text');
  }
}

function unreadable(file: string, message: string, hint: string | null = null): InventoryErrors {
  const place = { file, line: 0, column: 0 };
  return new InventoryErrors([{ ...place, code: 'E-INVENTORY', message, hint }], file);
}
