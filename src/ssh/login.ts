import type { Duplex } from 'node:stream';
import ssh2, { type ClientErrorExtensions, type ServerHostKeyAlgorithm } from 'ssh2';
import { FleetliftError } from '../errors/FleetliftError.js';
import { abortReason } from './abort.js';
import { authHandler, planAuth, type AuthPlan } from './auth.js';
import { hostKeyCheck } from './hostKeyCheck.js';
import { keyType } from './knownHosts.js';
import { Link } from './link.js';
import type { ConnectionSettings } from './settings.js';

const KEEPALIVE_INTERVAL_MS = 15_000;
const KEEPALIVE_COUNT = 3;

export interface LoginContext {
  /** The server, or `jump host X of web1`, for messages. */
  readonly who: string;
  /** A booted image stands at the other end, under the server's name. */
  readonly booted: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A logged-in link and the host key it was checked with. */
export interface Login {
  readonly link: Link;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** Whom we are logged in as. */
  readonly user: string;
}

/**
 * Speaks SSH over an open stream: checks the host key, logs in. `open` is asked for the stream only once
 * everything that can fail on our own side has not.
 * @throws FleetliftError E-SSH-CONNECT, E-SSH-HOSTKEY-*, E-SSH-AUTH, E-SSH-KEY-UNREADABLE, E-SSH-CONFIG
 */
export async function logIn(
  settings: ConnectionSettings,
  context: LoginContext,
  open: () => Promise<Duplex>,
): Promise<Login> {
  const { who, signal } = context;
  const check = await hostKeyCheck(settings, who, context.booted);
  const plan = await planAuth(settings, who);
  const stream = await open();
  const name = `${who} (${settings.user}@${settings.address}:${settings.port})`;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let refused: FleetliftError | null = null;
    let hostKey = '';
    const stop = (): void => {
      signal?.removeEventListener('abort', onAbort);
      client
        .removeListener('error', onError)
        .removeListener('close', onClose)
        .removeListener('ready', onReady);
    };
    const fail = (error: Error): void => {
      stop();
      client.on('error', () => undefined);
      stream.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      if (signal) fail(abortReason(signal));
    };
    const onError = (error: Error & ClientErrorExtensions): void => {
      // A key of the agent that cannot sign: the next one is tried.
      if (error.level === 'agent') return;
      fail(refused ?? loginError(error, plan, settings, name));
    };
    const onClose = (): void => {
      fail(refused ?? loginError(new Error('the connection was closed'), plan, settings, name));
    };
    const onReady = (): void => {
      stop();
      resolve({ link: new Link(client, stream, name), hostKey, user: settings.user });
    };
    if (signal?.aborted) {
      fail(abortReason(signal));
      return;
    }
    signal?.addEventListener('abort', onAbort);
    client.on('error', onError).on('close', onClose).on('ready', onReady);
    client.connect({
      sock: stream,
      username: settings.user,
      authHandler: authHandler(plan),
      algorithms: { serverHostKey: [...check.algorithms] as ServerHostKeyAlgorithm[] },
      hostVerifier: (key: Buffer) => {
        refused = check.verdict(key);
        hostKey = `${keyType(key) ?? ''} ${key.toString('base64')}`;
        return refused === null;
      },
      readyTimeout: context.timeoutMs,
      keepaliveInterval: KEEPALIVE_INTERVAL_MS,
      keepaliveCountMax: KEEPALIVE_COUNT,
    });
  });
}

function loginError(
  error: Error & ClientErrorExtensions,
  plan: AuthPlan,
  { user }: ConnectionSettings,
  name: string,
): FleetliftError {
  const refusedLogin =
    error.level === 'client-authentication' || /too many authentication failures/i.test(error.message);
  if (!refusedLogin)
    return new FleetliftError('E-SSH-CONNECT', { message: `${name}: ${error.message}`, cause: error });
  const notes = plan.notes.map((note) => `; ${note}`).join('');
  return new FleetliftError('E-SSH-AUTH', {
    message: `${name} refused the login as ${user}; offered: ${plan.offered.join(', ')}${notes}`,
    cause: error,
  });
}
