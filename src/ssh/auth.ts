import type { AnyAuthMethod, AuthHandlerMiddleware, AuthenticationType, ParsedKey } from 'ssh2';
import { FleetliftError } from '../errors/FleetliftError.js';
import { hide } from '../log/secrets.js';
import { AgentWithKeys, agentKeys } from './agentKeys.js';
import { readIdentity, sameKey, type Identity } from './identity.js';
import { noteOf, nothingToOffer, refuseUnusable } from './unusableKeys.js';
import type { ConnectionSettings } from './settings.js';

/** What a login offers, in order. */
export interface AuthPlan {
  readonly attempts: readonly AnyAuthMethod[];
  /** What is offered and what is not, for messages; never a secret. */
  readonly offered: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Gathers keys, agent and password of one connection. Named key files come first, then the agent's keys, then the
 * built-in key files, the password last.
 * @throws FleetliftError E-SSH-KEY-UNREADABLE, E-SSH-AUTH
 */
export async function planAuth(settings: ConnectionSettings, server: string): Promise<AuthPlan> {
  const { user } = settings;
  const identities = await Promise.all(settings.identities.map(readIdentity));
  const notes: string[] = [];
  const agent = await askAgent(settings, identities, notes);
  const password = readPassword(settings, server);
  for (const identity of identities) refuseUnusable(identity, agent?.keys ?? [], password !== null, server);
  notes.push(...identities.flatMap(noteOf));

  const files = (named: boolean): Offer[] =>
    identities.flatMap((identity) =>
      identity.kind === 'private' && (identity.file.origin !== 'built-in') === named
        ? [{ name: identity.file.path, method: { type: 'publickey', username: user, key: identity.key } }]
        : [],
    );
  const offers: Offer[] = [
    ...files(true),
    ...(agent !== null && agent.keys.length > 0
      ? [
          {
            name: `ssh-agent (${agent.keys.length} keys)`,
            method: {
              type: 'agent' as const,
              username: user,
              agent: new AgentWithKeys(agent.socket, agent.keys),
            },
          },
        ]
      : []),
    ...files(false),
    ...(password === null ? [] : passwordOffers(user, password, settings.passwordEnv ?? '')),
  ];
  if (offers.length === 0) throw nothingToOffer(identities, notes, settings, server);
  return { attempts: offers.map(({ method }) => method), offered: offers.map(({ name }) => name), notes };
}

/** Goes through a plan's attempts; one that the server does not take now is kept for after a partial success. */
export function authHandler(plan: AuthPlan): AuthHandlerMiddleware {
  const waiting = [...plan.attempts];
  return (left: AuthenticationType[] | null) => {
    const index = waiting.findIndex(
      ({ type }) => left === null || left.includes(type === 'agent' ? 'publickey' : type),
    );
    return index < 0 ? false : waiting.splice(index, 1)[0];
  };
}

interface AgentOffer {
  readonly socket: string;
  readonly keys: readonly ParsedKey[];
}
interface Offer {
  readonly name: string;
  readonly method: AnyAuthMethod;
}

async function askAgent(
  { agentSocket, identitiesOnly }: ConnectionSettings,
  identities: readonly Identity[],
  notes: string[],
): Promise<AgentOffer | null> {
  if (agentSocket === null) return null;
  let keys: readonly ParsedKey[];
  try {
    keys = await agentKeys(agentSocket);
  } catch (error) {
    notes.push(`ssh-agent does not answer: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  const isOf = (kind: Identity['kind'], key: ParsedKey): boolean =>
    identities.some((one) => one.kind === kind && 'key' in one && one.key !== null && sameKey(one.key, key));
  const mine = keys.filter((key) => isOf('locked', key));
  const rest = keys.filter((key) => !isOf('locked', key) && !isOf('private', key));
  return { socket: agentSocket, keys: identitiesOnly ? mine : [...mine, ...rest] };
}

function readPassword({ passwordEnv }: ConnectionSettings, server: string): string | null {
  if (passwordEnv === null) return null;
  const password = process.env[passwordEnv];
  if (password !== undefined && password !== '') {
    hide(password);
    return password;
  }
  throw new FleetliftError('E-SSH-AUTH', {
    message: `${server}: the environment variable ${passwordEnv} (ssh.passwordEnv) is not set`,
    remedy: `set ${passwordEnv} where fleetlift’s service or worker is started`,
  });
}

function passwordOffers(username: string, password: string, variable: string): Offer[] {
  return [
    { name: `password from ${variable}`, method: { type: 'password', username, password } },
    {
      name: `the same, keyboard-interactive`,
      method: {
        type: 'keyboard-interactive',
        username,
        // A question whose answer is shown is no question for a password.
        prompt: (_name, _instructions, _language, prompts, finish) => {
          finish(prompts.map(({ echo }) => (echo === true ? '' : password)));
        },
      },
    },
  ];
}
