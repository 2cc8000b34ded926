import { FleetliftError } from '../errors/FleetliftError.js';
import type { SshSettings } from '../model/fleet.js';
import type { ConfigFile } from './configFile.js';
import { connectionSettings, type ConnectionSettings } from './settings.js';

/** More jump hosts than this are a circle in `~/.ssh/config`. */
const MAX_HOPS = 8;

/**
 * The connections of a chain, nearest to us first, the server last.
 *
 * A jump host takes user and port from its own text, then `~/.ssh/config`; key file and known_hosts of the inventory
 * where the configuration names none for it. It never gets the server's password: that is a secret of another machine.
 * @throws FleetliftError E-SSH-CONFIG
 */
export function jumpChain(
  host: string,
  settings: SshSettings,
  config: ConfigFile,
  home: string,
): ConnectionSettings[] {
  const server = connectionSettings(host, settings, config, home);
  return [...hopsBefore(server, settings, config, home, [nameOf(server)]), server];
}

function hopsBefore(
  target: ConnectionSettings,
  inventory: SshSettings,
  config: ConfigFile,
  home: string,
  seen: readonly string[],
): ConnectionSettings[] {
  if (seen.length > MAX_HOPS)
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `jump hosts go round in a circle: ${seen.join(', ')}`,
    });
  const chain: ConnectionSettings[] = [];
  let visited = seen;
  for (const [index, text] of target.jumps.entries()) {
    const hop = jumpHost(text, inventory, config, home);
    // `Host *` with ProxyJump matches the jump host itself; OpenSSH leaves that one out, too.
    if (visited.includes(nameOf(hop))) continue;
    visited = [...visited, nameOf(hop)];
    if (index === 0) chain.push(...hopsBefore(hop, inventory, config, home, visited));
    chain.push(hop);
  }
  return chain;
}

function jumpHost(
  text: string,
  inventory: SshSettings,
  config: ConfigFile,
  home: string,
): ConnectionSettings {
  const { user, host, port } = parseJump(text);
  const own: SshSettings = {
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(inventory.knownHosts === undefined ? {} : { knownHosts: inventory.knownHosts }),
  };
  const settings = connectionSettings(host, own, config, home);
  const named = settings.identities.some(({ origin }) => origin === 'config');
  if (named || inventory.identityFile === undefined) return settings;
  return connectionSettings(host, { ...own, identityFile: inventory.identityFile }, config, home);
}

/** Takes `user@host:port`, `ssh://user@host:port` and `[2001:db8::1]:22` apart. */
export function parseJump(text: string): { user?: string; host: string; port?: number } {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:[\]@]+))(?::(\d{1,5}))?\/?$/.exec(text);
  const host = match?.[2] ?? match?.[3];
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (host === undefined || host.startsWith('-') || (port !== undefined && (port < 1 || port > 65_535)))
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `“${text}” is no jump host: user@host:port is expected`,
    });
  const user = match?.[1];
  return { ...(user === undefined ? {} : { user }), host, ...(port === undefined ? {} : { port }) };
}

function nameOf({ hostKeyName, port }: ConnectionSettings): string {
  return `${hostKeyName}:${port}`;
}
