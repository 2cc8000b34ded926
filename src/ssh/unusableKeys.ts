import type { ParsedKey } from 'ssh2';
import { FleetliftError } from '../errors/FleetliftError.js';
import { sameKey, type Identity } from './identity.js';
import type { ConnectionSettings } from './settings.js';

/** A key file that the inventory names must be usable: everything else would be a login by another key. */
export function refuseUnusable(
  identity: Identity,
  agentKeys: readonly ParsedKey[],
  hasPassword: boolean,
  server: string,
): void {
  if (identity.file.origin !== 'inventory' || identity.kind === 'private') return;
  const { path } = identity.file;
  const fail = (why: string): never => {
    throw new FleetliftError('E-SSH-KEY-UNREADABLE', { message: `${server}: the key ${path} ${why}` });
  };
  if (identity.kind === 'missing') fail('does not exist');
  if (identity.kind === 'broken') fail(`cannot be read: ${identity.why}`);
  if (identity.kind !== 'locked' || hasPassword) return;
  const { key } = identity;
  const inAgent = agentKeys.some((held) => key === null || sameKey(held, key));
  if (!inAgent) fail('is locked by a passphrase, and ssh-agent does not hold it');
}

/** The error where a login has nothing at all to offer. */
export function nothingToOffer(
  identities: readonly Identity[],
  notes: readonly string[],
  settings: ConnectionSettings,
  server: string,
): FleetliftError {
  const unusable = identities.some(({ kind }) => kind === 'locked' || kind === 'broken');
  const files = settings.identities.map(({ path }) => path).join(', ');
  return new FleetliftError(unusable ? 'E-SSH-KEY-UNREADABLE' : 'E-SSH-AUTH', {
    message: [
      `${server}: there is nothing to log in with as ${settings.user}: no usable key in ${files || 'any file'}, ` +
        `none in ssh-agent, no ssh.passwordEnv`,
      ...notes,
    ].join('; '),
  });
}

/** What an error message says of a key file that was not offered. */
export function noteOf(identity: Identity): string[] {
  if (identity.kind === 'locked')
    return [`${identity.file.path} is locked or public: only ssh-agent can use it`];
  return identity.kind === 'broken' ? [`${identity.file.path} cannot be read: ${identity.why}`] : [];
}
