import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { resolveServer, type Fleet } from '../../model/fleet.js';
import { readConfigFile } from '../../ssh/configFile.js';
import { knownHostKeys, parseKnownHosts } from '../../ssh/knownHosts.js';
import { connectionSettings, type ConnectionSettings } from '../../ssh/settings.js';
import type { Check } from './checks.js';

/** Bits of a mode with which OpenSSH and fleetlift refuse a key. */
const OTHERS = 0o077;
/** Servers that are named; the others are counted. */
const NAMED = 5;

/**
 * Whether the keys and known_hosts that an inventory names are here, without a connection: right on a machine that is an
 * orchestrator, since it is the one that logs in.
 */
export async function checkLogins(fleet: Fleet, inventory: string, home = homedir()): Promise<Check[]> {
  const keys: string[] = [];
  const hosts: string[] = [];
  try {
    const config = await readConfigFile(home);
    for (const server of fleet.servers) {
      const { ssh } = resolveServer(fleet.defaults, server);
      const settings = connectionSettings(server.host, ssh, config, home);
      const problem = await keyProblem(settings);
      if (problem !== null) keys.push(`${server.name}: ${problem}`);
      if (await isUnknown(settings)) hosts.push(server.name);
    }
  } catch (error) {
    if (!(error instanceof FleetliftError)) throw error;
    return [{ name: 'ssh', state: 'broken', message: error.message, remedy: error.remedy }];
  }
  const all = fleet.servers.length;
  return [
    summary('keys', keys, all, 'put them there with mode 0600, or name others in ssh.identityFile'),
    // It shows each one's fingerprint, and the command that accepts exactly that key.
    summary('known_hosts', hosts, all, `fleetlift drill ${inventory}`),
  ];
}

function summary(name: string, problems: readonly string[], all: number, remedy: string): Check {
  if (problems.length === 0)
    return { name, state: 'ok', message: `of ${all} servers are here`, remedy: null };
  const rest = problems.length - NAMED;
  const named = problems.slice(0, NAMED).join('; ');
  return {
    name,
    state: 'broken',
    message: `${problems.length} of ${all} servers lack one: ${named}${rest > 0 ? ` and ${rest} more` : ''}`,
    remedy,
  };
}

/** Null where there is another way in: an agent, a password, or a key that is usable. */
async function keyProblem({
  identities,
  agentSocket,
  passwordEnv,
}: ConnectionSettings): Promise<string | null> {
  if (passwordEnv !== null) {
    return process.env[passwordEnv] === undefined ? `$${passwordEnv} is not set` : null;
  }
  let last = 'no key is named';
  for (const { path } of identities) {
    const found = await stat(path).catch(() => null);
    if (found === null) last = `${path} is not there`;
    else if ((found.mode & OTHERS) !== 0) last = `${path} can be read by others`;
    else return null;
  }
  return agentSocket === null ? last : null;
}

/** A certificate authority is not asked by fleetlift: the key itself must be known. */
async function isUnknown({ knownHosts, hostKeyName, port }: ConnectionSettings): Promise<boolean> {
  const texts = await Promise.all(knownHosts.map((file) => readFile(file, 'utf8').catch(() => '')));
  return knownHostKeys(texts.flatMap(parseKnownHosts), hostKeyName, port).keys.length === 0;
}
