import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';

/** Version of what lies in a state folder; a folder of another one is refused, never guessed at. */
export const STATE_PROTOCOL = 1;

/** Where everything of a state folder lies; absolute paths. */
export interface StateLayout {
  readonly dir: string;
  /** Address and process of the running embedded service. */
  readonly serviceFile: string;
  /** Held by the kernel (flock) for as long as the service lives. */
  readonly lockFile: string;
  /** Process and ports of the service's Temporal. */
  readonly temporalFile: string;
  readonly temporalDb: string;
  /** What payloads in the embedded Temporal are signed with. */
  readonly payloadKeyFile: string;
  readonly logDir: string;
  readonly serviceLog: string;
  readonly temporalLog: string;
  readonly resultsDir: string;
  /** Folder of the embedded relay `local`. */
  readonly relayDir: string;
  readonly reportsDir: string;
}

/** The layout of a state folder, which need not exist yet. */
export function stateLayout(stateDir: string): StateLayout {
  const dir = resolve(stateDir);
  const logDir = join(dir, 'log');
  return {
    dir,
    serviceFile: join(dir, 'service.json'),
    lockFile: join(dir, 'service.lock'),
    temporalFile: join(dir, 'temporal.json'),
    temporalDb: join(dir, 'temporal.db'),
    payloadKeyFile: join(dir, 'payload.key'),
    logDir,
    serviceLog: join(logDir, 'service.log'),
    temporalLog: join(logDir, 'temporal.log'),
    resultsDir: join(dir, 'results'),
    relayDir: join(dir, 'relay'),
    reportsDir: join(dir, 'reports'),
  };
}

/** The state folder by `--state-dir`, else FLEETLIFT_STATE_DIR, else `~/.local/state/fleetlift`. */
export function chooseStateDir(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const named = flag ?? env['FLEETLIFT_STATE_DIR'];
  if (named === undefined || named === '') return join(homedir(), '.local', 'state', 'fleetlift');
  return resolve(named);
}

/**
 * Makes the state folder where it is missing, readable by its owner only.
 *
 * @throws E-STATE-DIR where it cannot be made or written, belongs to someone else, or is of another version.
 */
export function makeStateDir(layout: StateLayout): void {
  const mine = process.getuid?.() ?? 0;
  try {
    mkdirSync(layout.dir, { recursive: true, mode: 0o700 });
    const info = statSync(layout.dir);
    if (info.uid !== mine && mine !== 0) {
      throw new FleetliftError('E-STATE-DIR', {
        message: `the state folder ${layout.dir} belongs to user id ${info.uid}, and this is ${mine}`,
      });
    }
    for (const dir of [layout.logDir, layout.resultsDir, layout.reportsDir]) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    }
    checkProtocol(join(layout.dir, 'protocol'));
  } catch (error) {
    if (error instanceof FleetliftError) throw error;
    throw new FleetliftError('E-STATE-DIR', {
      message: `the state folder ${layout.dir} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'check its owner and mode, or name another one with --state-dir',
      cause: error,
    });
  }
}

function checkProtocol(file: string): void {
  try {
    writeFileSync(file, `${STATE_PROTOCOL}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = readFileSync(file, 'utf8').trim();
    // Empty: made a moment ago by a command that runs beside this one.
    if (found === String(STATE_PROTOCOL) || found === '') return;
    throw new FleetliftError('E-STATE-DIR', {
      message: `${file} says that this state folder is of version ${found}; this fleetlift knows ${STATE_PROTOCOL}`,
      remedy: 'use the fleetlift that made it, or name another folder with --state-dir',
    });
  }
}
