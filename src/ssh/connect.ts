import { Socket } from 'node:net';
import { homedir } from 'node:os';
import type { Duplex } from 'node:stream';
import { FleetliftError } from '../errors/FleetliftError.js';
import { abortReason } from './abort.js';
import { readConfigFile } from './configFile.js';
import { forward } from './forward.js';
import { jumpChain } from './jumpChain.js';
import { logIn, type Login } from './login.js';
import { Session } from './session.js';
import { connectionSettings, type ConnectionSettings } from './settings.js';
import { openSocket } from './socket.js';
import type { Place, SshSession, SshTarget } from './types.js';

export interface OpenSessionOptions {
  /** Ends the opening, not the session once it is open. */
  readonly signal?: AbortSignal;
  /** Folder with `.ssh`; default: the user's own. */
  readonly home?: string;
  /** Milliseconds for each connection of the chain, login included; default 20,000. */
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 20_000;

/**
 * Connects to a server, through its jump hosts, checks every host key and logs in.
 * @throws FleetliftError E-SSH-CONNECT, E-SSH-HOSTKEY-UNKNOWN, E-SSH-HOSTKEY-CHANGED, E-SSH-HOSTKEY-REVOKED,
 *   E-SSH-AUTH, E-SSH-KEY-UNREADABLE, E-SSH-CONFIG; the signal's reason where it is aborted.
 */
export async function openSession(target: SshTarget, options: OpenSessionOptions = {}): Promise<SshSession> {
  const { signal } = options;
  if (signal?.aborted) throw abortReason(signal);
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const logins: Login[] = [];
  let firstStream: Duplex | null = null;
  try {
    const chain = await chainOf(target, options.home ?? homedir());
    for (const [index, settings] of chain.entries()) {
      const who =
        index === chain.length - 1 ? target.server : `jump host ${settings.host} of ${target.server}`;
      const context = { who, booted: target.via !== undefined, timeoutMs, signal };
      const before = logins.at(-1)?.link;
      const place = { address: settings.address, port: settings.port, ...target.via };
      const login = await logIn(settings, context, async () => {
        const stream = before
          ? await forward(before, place.address, place.port, timeoutMs, signal)
          : await openSocket(place.address, place.port, timeoutMs, signal).catch((error: unknown) => {
              throw signal?.aborted ? error : connectError(who, place, error);
            });
        if (index === 0) firstStream = stream;
        return stream;
      });
      logins.push(login);
    }
  } catch (error) {
    for (const { link } of logins.reverse()) link.close();
    throw error;
  }
  return new Session(logins, target, localAddress(logins, firstStream));
}

async function chainOf(target: SshTarget, home: string): Promise<readonly ConnectionSettings[]> {
  const config = await readConfigFile(home);
  if (target.via === undefined) return jumpChain(target.host, target.settings, config, home);
  return [connectionSettings(target.host, { ...target.settings, jump: null }, config, home)];
}

function localAddress(logins: readonly Login[], stream: Duplex | null): string | null {
  if (logins.length !== 1 || !(stream instanceof Socket)) return null;
  // A socket for both families shows an IPv4 address mapped into IPv6.
  return stream.localAddress?.replace(/^::ffff:/, '') ?? null;
}

function connectError(who: string, { address, port }: Place, cause: unknown): FleetliftError {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new FleetliftError('E-SSH-CONNECT', { message: `${who} (${address}:${port}): ${why}`, cause });
}
