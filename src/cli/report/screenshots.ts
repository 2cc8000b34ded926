import { isScreenshot, screenshotsHere, type Screenshots } from '../../report/screenshots.js';
import type { MigrationResult } from '../../model/job.js';
import type { CommandContext } from '../context.js';
import { parseJob } from '../jobNames.js';

/** Jobs whose relay is asked at a time. */
const AT_A_TIME = 8;

/** The screenshots of all boots of a migration: those that lie here, and the others from the relays that keep them. */
export async function screenshotsOf(
  { session, output }: CommandContext,
  result: MigrationResult,
): Promise<Screenshots> {
  const found = screenshotsHere(result);
  const jobs = result.servers
    .filter(({ verify }) =>
      (verify?.boot ?? []).some(({ screenshot }) => screenshot !== '' && !found.has(screenshot)),
    )
    .map(({ job }) => job);
  const connected = jobs.length === 0 ? null : await session.connectIfRunning();
  if (connected === null) return found;
  const [{ jobInput }, { fetchScreenshots }] = await Promise.all([
    import('../../temporal/jobs.js'),
    import('../../temporal/tasks.js'),
  ]);
  const lacking: string[] = [];
  // One that is away is asked once, and not for each of its hundreds of jobs.
  const silent = new Set<string>();
  const ask = async (job: string): Promise<void> => {
    const input = await jobInput(connected.client, job);
    if (input === null || silent.has(input.relay.name)) {
      lacking.push(job);
      return;
    }
    try {
      for (const { path, content } of await fetchScreenshots(connected.client, parseJob(job), input.relay)) {
        const png = Buffer.from(content, 'base64');
        if (isScreenshot(png)) found.set(path, png);
      }
    } catch (error) {
      output.note(`relay ${input.relay.name}: ${error instanceof Error ? error.message : String(error)}`);
      silent.add(input.relay.name);
      lacking.push(job);
    }
  };
  for (let at = 0; at < jobs.length; at += AT_A_TIME) {
    await Promise.all(jobs.slice(at, at + AT_A_TIME).map(ask));
  }
  if (lacking.length > 0) output.note(`without the screenshots of ${lacking.join(', ')}`);
  return found;
}
