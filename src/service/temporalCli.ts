import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { projectDir } from './projectDir.js';

/**
 * Path of the Temporal CLI: the operator's own on PATH, else the copy that set-up fetched.
 *
 * @throws E-SERVICE with the command that fetches it.
 */
export function findTemporalCli(env: NodeJS.ProcessEnv = process.env): string {
  const path = temporalCliPath(env);
  if (path !== null) return path;
  throw new FleetliftError('E-SERVICE', {
    message: 'the Temporal CLI, which holds the embedded Temporal, is neither on PATH nor in .cache/bin',
    remedy: `fetch it with: sh ${join(projectDir(), 'scripts', 'setup.sh')}`,
  });
}

/** As {@link findTemporalCli}, null where there is none. */
export function temporalCliPath(env: NodeJS.ProcessEnv = process.env): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...folders, join(projectDir(), '.cache', 'bin')].map((folder) =>
    join(folder, 'temporal'),
  );
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
