/** A job's logs and screenshots, fetched from the relay that keeps them. */
import type { JobContext, LogRequest, LogText, Screenshot } from '../src/model/activities.js';
import { relayActivities } from './activities.js';

export async function readLogsWorkflow(request: LogRequest): Promise<LogText[]> {
  return relayActivities(request.relay.name).readLogs(request);
}

export async function readScreenshotsWorkflow(
  request: Pick<JobContext, 'job' | 'relay'>,
): Promise<Screenshot[]> {
  return relayActivities(request.relay.name).readScreenshots(request);
}
