/** What is asked about a server that no job migrates: by a drill, and by `doctor`. */
import type { JobContext } from '../../src/model/activities.js';
import { resolveServer, type Fleet, type Relay } from '../../src/model/fleet.js';
import type { Finding } from '../../src/model/job.js';
import { asJobError } from '../job/failure.js';

/** The server as activities want it: as job 0, which none ever is. */
export function inquiry(fleet: Fleet, server: Fleet['servers'][number], relay: Relay): JobContext {
  return {
    job: { migration: fleet.name, server: server.name, number: 0 },
    server: resolveServer(fleet.defaults, server),
    migrationMbps: null,
    relay,
  };
}

/** The failure of an activity as what stands in the way. @throws what is none */
export function findingOf(error: unknown, name: string): Finding {
  const failure = asJobError(error, 'preflight', name);
  if (failure === null) throw error;
  const { code, message, remedy } = failure;
  return { severity: 'blocking', code, message, remedy };
}
