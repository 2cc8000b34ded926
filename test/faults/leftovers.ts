import { readdir } from 'node:fs/promises';
import { pollUntil } from '../../activities/support/poll.js';
import { clip } from '../../src/console/text.js';
import { bootsFolder } from '../../src/relay/boot/bootFolders.js';
import { jobsFolder } from '../../src/relay/paths.js';
import { readKeys } from '../../src/relay/receiver/authorizedKeys.js';
import { receiverFiles } from '../../src/relay/receiver/layout.js';
import { isOurs } from '../e2e/ours.js';
import { diffSnapshots, snapshot, type SystemSnapshot } from '../support/snapshot.js';
import type { Site } from './Site.js';

/** A trace is told within as many characters: a process may have a whole script as its argument. */
const TOLD_CHARACTERS = 160;
/** Processes that have been told to end may take as long. */
const SETTLED_MS = 20_000;

/** What the machine, and the relay and source of each site, look like while nothing is migrated. */
export interface Traces {
  readonly machine: SystemSnapshot;
  readonly ofSites: readonly string[];
}

export async function lookForTraces(sites: readonly Site[]): Promise<Traces> {
  const ofSites = await Promise.all(sites.map(tracesOf));
  return {
    // A server that was booted anew has other folders of its services.
    machine: await snapshot({ ignore: { mounts: [/systemd-private-/] } }),
    ofSites: ofSites.flat(),
  };
}

/** What has been left behind since, in lines; nothing where all is as it was. */
export async function leftSince(sites: readonly Site[], before: Traces): Promise<string[]> {
  let left: string[] = [];
  const deadline = AbortSignal.timeout(SETTLED_MS);
  await pollUntil(500, deadline, async () => {
    left = compare(before, await lookForTraces(sites));
    return left.length === 0 ? true : null;
  }).catch((error: unknown) => {
    if (!deadline.aborted) throw error;
  });
  return left.map((trace) => clip(trace.replaceAll(/\s+/g, ' '), TOLD_CHARACTERS));
}

async function tracesOf({ relay, shell, server }: Site): Promise<string[]> {
  const files = async (folder: string): Promise<string[]> =>
    readdir(folder, { recursive: true }).catch(() => []);
  const traces = [
    ...(await shell.traces()).split('\n'),
    ...(await files(jobsFolder(relay))).map((file) => `jobs/${file}`),
    ...(await files(bootsFolder(relay)))
      .filter((file) => !file.startsWith('slots'))
      .map((file) => `boots/${file}`),
    ...(await readKeys(receiverFiles(relay).authorizedKeys)),
  ];
  return traces.map((trace) => `${server.name}: ${trace}`);
}

function compare(before: Traces, after: Traces): string[] {
  const known = new Set(before.ofSites);
  const news = after.ofSites.filter((line) => !known.has(line));
  return [...diffSnapshots(before.machine, after.machine).filter(isOurs), ...news];
}
