import { readFile } from 'node:fs/promises';
import SSHConfig, { LineType, type Directive, type Line, type Section } from 'ssh-config';
import { FleetliftError } from '../errors/FleetliftError.js';
import { includedFiles } from './includedFiles.js';
import { isMissing } from './fileErrors.js';

/** What `~/.ssh/config` says for one host: keywords in lower case, each with its values in the file's order. */
export type HostConfig = Readonly<Record<string, readonly string[]>>;

export interface ConfigFile {
  /** @throws FleetliftError E-SSH-CONFIG where the host's part needs what is not supported. */
  lookUp(host: string, user?: string): HostConfig;
}

/** As deep as OpenSSH follows Include (READCONF_MAX_DEPTH). */
const MAX_INCLUDE_DEPTH = 16;
const MATCH_EXEC_MARK = 'fleetliftmatchexec';

/**
 * Reads `~/.ssh/config` with what it includes; a file that is not there is empty.
 * @param home the folder that holds `.ssh`.
 * @throws FleetliftError E-SSH-CONFIG
 */
export async function readConfigFile(home: string): Promise<ConfigFile> {
  const file = `${home}/.ssh/config`;
  const config = await readLines(file, home, 0);
  return {
    lookUp(host, user) {
      // `Match exec` would run the operator's own programs at every look-up: refused where it would decide.
      const found = config.compute(user === undefined ? { Host: host } : { Host: host, User: user }, {
        ignoreCase: true,
        matchExec: false,
      });
      if (found[MATCH_EXEC_MARK] !== undefined)
        throw configError(`${file} has “Match exec” for ${host}, which is not run by fleetlift`);
      return Object.fromEntries(
        Object.entries(found).map(([keyword, value]) => [keyword, Array.isArray(value) ? value : [value]]),
      );
    },
  };
}

async function readLines(file: string, home: string, depth: number): Promise<SSHConfig> {
  if (depth > MAX_INCLUDE_DEPTH) throw configError(`${file}: Include goes deeper than ${MAX_INCLUDE_DEPTH}`);
  const lines = parse(await readText(file), file);
  const result = new SSHConfig();
  for (const line of lines) {
    markMatchExec(line);
    if (isSection(line)) {
      line.config = await includeIntoSection(line.config, file, home, depth);
      result.push(line);
    } else if (isInclude(line)) result.push(...(await readIncluded(line, home, depth)));
    else result.push(line);
  }
  return result;
}

/** An Include below Host or Match holds only for that section; sections inside sections cannot be expressed. */
async function includeIntoSection(
  section: SSHConfig,
  file: string,
  home: string,
  depth: number,
): Promise<SSHConfig> {
  const result = new SSHConfig();
  for (const line of section) {
    if (!isInclude(line)) {
      result.push(line);
      continue;
    }
    const included = await readIncluded(line, home, depth);
    if (included.some(isSection))
      throw configError(
        `${file}: an Include below a Host or Match line brings Host or Match lines of its own`,
        `move the Include line to the top of ${file}, or give the values in the inventory`,
      );
    result.push(...included);
  }
  return result;
}

async function readIncluded(line: Directive, home: string, depth: number): Promise<Line[]> {
  const patterns = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val);
  const found: Line[] = [];
  for (const path of await includedFiles(patterns, home))
    found.push(...(await readLines(path, home, depth + 1)));
  return found;
}

function markMatchExec(line: Line): void {
  if (!('criteria' in line)) return;
  const exec = Object.keys(line.criteria).filter((key) => key.toLowerCase() === 'exec');
  if (exec.length === 0) return;
  line.criteria = Object.fromEntries(
    Object.entries(line.criteria).filter(([key]) => key.toLowerCase() !== 'exec'),
  );
  line.config = SSHConfig.parse(`${MATCH_EXEC_MARK} yes\n`);
}

function isSection(line: Line): line is Section {
  return 'config' in line;
}

function isInclude(line: Line): line is Directive {
  return line.type === LineType.DIRECTIVE && line.param.toLowerCase() === 'include';
}

function parse(text: string, file: string): SSHConfig {
  try {
    return SSHConfig.parse(text);
  } catch (cause) {
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `${file} cannot be understood: ${String(cause)}`,
      cause,
    });
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return '';
    throw new FleetliftError('E-SSH-CONFIG', { message: `${file} cannot be read: ${String(cause)}`, cause });
  }
}

function configError(message: string, remedy?: string): FleetliftError {
  return new FleetliftError('E-SSH-CONFIG', remedy === undefined ? { message } : { message, remedy });
}
