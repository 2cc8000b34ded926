import { userInfo } from 'node:os';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { SshSettings } from '../model/fleet.js';
import type { ConfigFile, HostConfig } from './configFile.js';

/** Where a key file was named, which decides whether a missing one is an error. */
export type IdentityOrigin = 'inventory' | 'config' | 'built-in';

export interface IdentityFile {
  readonly path: string;
  readonly origin: IdentityOrigin;
}

/** Everything needed for one connection of a chain: every value looked up, every path absolute. */
export interface ConnectionSettings {
  /** Name as the operator wrote it. */
  readonly host: string;
  /** Name or address that is connected to. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Name that known_hosts is asked for (HostKeyAlias, else the address). */
  readonly hostKeyName: string;
  readonly knownHosts: readonly string[];
  readonly identities: readonly IdentityFile[];
  readonly identitiesOnly: boolean;
  /** Socket of ssh-agent; null: none. */
  readonly agentSocket: string | null;
  /** Environment variable with the password. */
  readonly passwordEnv: string | null;
  /** `user@host:port` of each jump host of this host's own, nearest to us first. */
  readonly jumps: readonly string[];
  readonly sudo: boolean;
}

const BUILT_IN_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * Settings of one connection, each value from the first that has it: the inventory (server over defaults, already
 * put together), `~/.ssh/config`, built in.
 * @throws FleetliftError E-SSH-CONFIG
 */
export function connectionSettings(
  host: string,
  own: SshSettings,
  config: ConfigFile,
  home: string,
): ConnectionSettings {
  const found = config.lookUp(host, own.user);
  const port = own.port ?? portOf(first(found, 'port'), host) ?? 22;
  const user = own.user ?? first(found, 'user') ?? 'root';
  const address = expandTokens(first(found, 'hostname') ?? '%h', { host, home, port, user });
  const tokens = { host: address, home, port, user };
  const expand = (path: string): string => expandPath(expandTokens(path, tokens), home);
  return {
    host,
    address,
    port,
    user,
    hostKeyName: (first(found, 'hostkeyalias') ?? address).toLowerCase(),
    knownHosts: knownHostsFiles(own, found, home).map(expand),
    identities: identityFiles(own, found, home).map((file) => ({ ...file, path: expand(file.path) })),
    identitiesOnly: isYes(first(found, 'identitiesonly')),
    agentSocket: agentSocket(found, expand),
    passwordEnv: own.passwordEnv ?? null,
    jumps: jumpsOf(own, found, host),
    sudo: own.sudo ?? false,
  };
}

function knownHostsFiles(own: SshSettings, found: HostConfig, home: string): readonly string[] {
  if (own.knownHosts !== undefined) return [own.knownHosts];
  return [
    ...(found['userknownhostsfile'] ?? [`${home}/.ssh/known_hosts`]),
    ...(found['globalknownhostsfile'] ?? ['/etc/ssh/ssh_known_hosts']),
  ].filter((file) => file.toLowerCase() !== 'none');
}

function identityFiles(own: SshSettings, found: HostConfig, home: string): IdentityFile[] {
  if (own.identityFile !== undefined) return [{ path: own.identityFile, origin: 'inventory' }];
  const named = found['identityfile'];
  if (named !== undefined)
    return named
      .filter((path) => path.toLowerCase() !== 'none')
      .map((path) => ({ path, origin: 'config' as const }));
  return BUILT_IN_IDENTITIES.map((name) => ({ path: `${home}/.ssh/${name}`, origin: 'built-in' as const }));
}

/** IdentityAgent: a path, `$VARIABLE`, `SSH_AUTH_SOCK` or `none`. */
function agentSocket(found: HostConfig, expand: (path: string) => string): string | null {
  const named = first(found, 'identityagent') ?? 'SSH_AUTH_SOCK';
  if (named.toLowerCase() === 'none') return null;
  if (named === 'SSH_AUTH_SOCK' || named.startsWith('$'))
    return process.env[named.replace(/^\$\{?|\}$/g, '')] ?? null;
  return expand(named);
}

function jumpsOf(own: SshSettings, found: HostConfig, host: string): readonly string[] {
  if (own.jump === null) return [];
  const jump = own.jump ?? first(found, 'proxyjump');
  if (jump !== undefined)
    return jump.toLowerCase() === 'none' ? [] : jump.split(',').map((hop) => hop.trim());
  const command = first(found, 'proxycommand');
  if (command !== undefined && command.toLowerCase() !== 'none')
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `~/.ssh/config has a ProxyCommand for ${host}, which fleetlift does not run`,
      remedy: 'use ProxyJump instead, or set ssh.jump in the inventory (null: connect directly)',
    });
  return [];
}

interface Tokens {
  readonly host: string;
  readonly home: string;
  readonly port: number;
  readonly user: string;
}

/** The tokens of ssh_config(5) that have a meaning before a connection is open. */
function expandTokens(text: string, { host, home, port, user }: Tokens): string {
  return text.replace(/%([%dhpru])/g, (_match, token: string) => {
    switch (token) {
      case 'd':
        return home;
      case 'h':
        return host;
      case 'p':
        return String(port);
      case 'r':
        return user;
      case 'u':
        return userInfo().username;
      default:
        return '%';
    }
  });
}

function expandPath(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}

function portOf(text: string | undefined, host: string): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new FleetliftError('E-SSH-CONFIG', { message: `~/.ssh/config: “${text}” is no port (host ${host})` });
}

function first(found: HostConfig, keyword: string): string | undefined {
  return found[keyword]?.[0];
}

function isYes(text: string | undefined): boolean {
  return text !== undefined && ['yes', 'true'].includes(text.toLowerCase());
}
