import { readFile, rm, writeFile } from 'node:fs/promises';

/** Names and addresses of the lab's network are the machine's, so there is one lab at a time. */
const CLAIM = '/run/fleetlift-lab.json';

export interface Claim {
  readonly stateDir: string;
  /** Whether the mount of /run/netns is the lab's doing. */
  readonly madeNetnsMount: boolean;
  /** The machine's limit of inotify instances before the lab. */
  readonly inotifyInstances: number;
}

/** The lab that has the machine; null where none has. */
export async function readClaim(): Promise<Claim | null> {
  const text = await readFile(CLAIM, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Claim);
}

/**
 * Takes the machine for the lab of this state folder, before anything is made.
 * @throws Error where another lab has it.
 */
export async function claimMachine(claim: Claim): Promise<void> {
  const holder = await readClaim();
  if (holder?.stateDir === claim.stateDir) return;
  if (holder !== null) {
    throw new Error(`another lab is on this machine: npm run lab -- --state-dir ${holder.stateDir} down`);
  }
  await writeFile(CLAIM, JSON.stringify(claim));
}

export async function releaseMachine(): Promise<void> {
  await rm(CLAIM, { force: true });
}
