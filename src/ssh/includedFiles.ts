import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { matchesWildcard } from './wildcard.js';
import { isMissing } from './fileErrors.js';

/**
 * The files that an Include line of `~/.ssh/config` names, in OpenSSH's order: relative ones below `~/.ssh`,
 * wildcards sorted by name. A pattern without a match brings nothing.
 * @throws FleetliftError E-SSH-CONFIG for wildcards in a folder's name.
 */
export async function includedFiles(patterns: readonly string[], home: string): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    const path = absolute(pattern, home);
    if (/[*?[]/.test(dirname(path)))
      throw new FleetliftError('E-SSH-CONFIG', {
        message: `${home}/.ssh/config: Include ${pattern}: wildcards are understood in the file’s name only`,
      });
    if (/[*?]/.test(basename(path))) files.push(...(await matching(path)));
    else files.push(path);
  }
  return files;
}

function absolute(pattern: string, home: string): string {
  if (pattern === '~' || pattern.startsWith('~/')) return home + pattern.slice(1);
  return pattern.startsWith('/') ? pattern : join(home, '.ssh', pattern);
}

async function matching(path: string): Promise<string[]> {
  try {
    const names = await readdir(dirname(path));
    return names
      .filter((name) => !name.startsWith('.') && matchesWildcard(basename(path), name))
      .sort()
      .map((name) => join(dirname(path), name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `${path} cannot be read: ${String(error)}`,
      cause: error,
    });
  }
}
