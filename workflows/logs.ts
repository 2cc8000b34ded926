/** A job's logs, fetched from the relay that keeps them. */
import type { LogText } from '../src/model/activities.js';
import type { Relay } from '../src/model/fleet.js';
import type { JobRef } from '../src/model/job.js';
import { relayActivities } from './activities.js';

export async function readLogsWorkflow(request: { job: JobRef; relay: Relay }): Promise<LogText[]> {
  return relayActivities(request.relay.name).readLogs(request);
}
