import { AgentClient } from '../../src/agent/AgentClient.js';
import type { JobContext } from '../../src/model/activities.js';
import type { Server } from '../../src/model/fleet.js';
import { openSession } from '../../src/ssh/connect.js';
import type { SshSession, SshTarget } from '../../src/ssh/types.js';

/** How a server of the inventory is reached. */
export function sshTarget(server: Server): SshTarget {
  return { server: server.name, host: server.host, settings: server.ssh };
}

/** Runs work over one connection to the server, and closes it whatever happens. */
export async function withSession<T>(
  target: SshTarget,
  signal: AbortSignal,
  work: (session: SshSession) => Promise<T>,
): Promise<T> {
  const session = await openSession(target, { signal });
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

/** Runs work with the job's agent, pushed anew where it is missing or altered. */
export async function withAgent<T>(
  context: JobContext,
  signal: AbortSignal,
  work: (agent: AgentClient, session: SshSession) => Promise<T>,
): Promise<T> {
  return withSession(sshTarget(context.server), signal, async (session) =>
    work(await AgentClient.push(session, context.job, { signal }), session),
  );
}
