import type { ReceiverFiles } from './layout.js';

export interface SshdListen {
  readonly port: number;
  readonly address: string;
  /** Whether PAM decides about accounts: only where root is locked. */
  readonly usePam: boolean;
}

/** Configuration of the relay's sshd: public keys of jobs with their forced commands, and nothing else. */
export function sshdConfig(files: ReceiverFiles, listen: SshdListen): string {
  const settings: readonly (readonly [string, string])[] = [
    ['Port', String(listen.port)],
    ['ListenAddress', listen.address],
    ['HostKey', quoted(files.hostKey)],
    ['PidFile', quoted(files.pid)],
    ['AuthorizedKeysFile', quoted(files.authorizedKeys)],
    ['AllowUsers', 'root'],
    ['PermitRootLogin', 'forced-commands-only'],
    ['AuthenticationMethods', 'publickey'],
    ['PubkeyAuthentication', 'yes'],
    ['PasswordAuthentication', 'no'],
    ['KbdInteractiveAuthentication', 'no'],
    ['HostbasedAuthentication', 'no'],
    ['UsePAM', listen.usePam ? 'yes' : 'no'],
    // The relay's folder may lie below one that others write to (a test's below /tmp); ours alone is 0700.
    ['StrictModes', 'no'],
    ['DisableForwarding', 'yes'],
    ['PermitTTY', 'no'],
    ['PermitUserRC', 'no'],
    ['PermitUserEnvironment', 'no'],
    ['PermitTunnel', 'no'],
    ['PrintMotd', 'no'],
    ['UseDNS', 'no'],
    ['Compression', 'no'],
    // A fleet's sources come at once; sshd's own default drops the eleventh that has not logged in yet.
    ['MaxStartups', '200:30:400'],
    ['MaxSessions', '4'],
    ['LoginGraceTime', '30'],
    ['ClientAliveInterval', '15'],
    ['ClientAliveCountMax', '4'],
    ['LogLevel', 'VERBOSE'],
  ];
  return settings.map(([name, value]) => `${name} ${value}\n`).join('');
}

function quoted(path: string): string {
  return `"${path}"`;
}
