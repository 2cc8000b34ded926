import { join } from 'node:path';
import { delay } from '../../delay.js';
import { jobId, type JobRef } from '../../model/job.js';
import type { ReplicaPlan } from '../../model/plan.js';
import { readIfExists, writeAtomically } from '../files.js';
import { withLock } from '../lock.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { namespacesOf } from '../namespace/namespacesOf.js';
import { jobPaths } from '../paths.js';
import type { RelayContext } from '../types.js';
import { exclusiveUuids, relayKernel } from './clones.js';

/**
 * Servers that were cloned from one template have btrfs filesystems of one UUID, and older kernels mount only one of
 * them at a time. So such jobs take turns: one has its turn from its first mount to its image, or until its replica rests
 * or is gone. A job that is heard of no more loses it, once nothing of it is mounted.
 */
interface Turn {
  readonly job: JobRef;
  readonly uuids: readonly string[];
  /** It is this job's turn; else it waits for it. */
  readonly holds: boolean;
  /** When the job was last heard of, ms since the epoch. */
  readonly atMs: number;
}

/** From one step to the next a job mounts nothing for a moment; longer where a worker is restarted in between. */
const BETWEEN_STEPS_MS = 10 * 60_000;
/** One that waits is told by its migration to ask again; where that does not come, it was given up. */
const WAITS_MS = 24 * 60 * 60_000;
/** How often a step that has begun asks for its turn. */
const ASK_MS = 2_000;

/**
 * Takes the turn of a job to mount the filesystems of its plan, or keeps it.
 *
 * @returns why it is not its turn now, in the operator's words; null: it is
 */
export async function takeTurn(relay: RelayContext, job: JobRef, plan: ReplicaPlan): Promise<string | null> {
  const uuids = exclusiveUuids(plan, relayKernel());
  if (uuids.length === 0) return null;
  return changeTurns(relay, job, (others) => {
    const holder = holderOf(others, uuids);
    const turn = { job, uuids, holds: holder === null, atMs: Date.now() };
    return { turns: [...others, turn], answer: holder === null ? null : whyNot(relay, holder) };
  });
}

/**
 * Takes the turn of a job whose step has begun and cannot be put off.
 *
 * @param onWait - told why it waits, each time it has asked in vain
 * @throws the reason of an abort
 */
export async function waitForTurn(
  relay: RelayContext,
  job: JobRef,
  plan: ReplicaPlan,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: (reason: string) => void },
): Promise<void> {
  for (;;) {
    const reason = await takeTurn(relay, job, plan);
    if (reason === null) return;
    onWait(reason);
    await delay(ASK_MS, signal);
  }
}

/** Keeps a job's turn, if it is its turn, though nothing of it is mounted until its next step. */
export async function keepTurn(relay: RelayContext, job: JobRef): Promise<void> {
  const own = (await readTurns(relay)).find((one) => isOf(one, job));
  if (own?.holds !== true) return;
  await changeTurns(relay, job, (others) => ({
    turns: holderOf(others, own.uuids) === null ? [...others, { ...own, atMs: Date.now() }] : others,
    answer: null,
  }));
}

/** Gives a job's turn back, or forgets that it waits; nothing happens while something of it is mounted. */
export async function endTurn(relay: RelayContext, job: JobRef): Promise<void> {
  if (!(await readTurns(relay)).some((one) => isOf(one, job)) || (await hasNamespace(relay, job))) return;
  await changeTurns(relay, job, (others) => ({ turns: others, answer: null }));
}

/** Whose turn it is, for those that wait for theirs; each of them is told what the ones before it leave. */
export interface TurnsNow {
  /** Why it is not that job's turn; null: it is, or it needs none. */
  whyNot(job: JobRef): string | null;
  /** It would be that job's turn. */
  give(job: JobRef): void;
}

/** Looks at the turns as they are now; nothing is changed. */
export async function turnsNow(relay: RelayContext): Promise<TurnsNow> {
  const turns = await currentTurns(relay);
  const wished = (job: JobRef): Turn | undefined => turns.find((one) => isOf(one, job));
  return {
    whyNot: (job) => {
      const others = turns.filter((one) => !isOf(one, job));
      const holder = holderOf(others, wished(job)?.uuids ?? []);
      return holder === null ? null : whyNot(relay, holder);
    },
    give: (job) => {
      const own = wished(job);
      if (own !== undefined) turns.splice(turns.indexOf(own), 1, { ...own, holds: true });
    },
  };
}

function whyNot(relay: RelayContext, { job }: Turn): string {
  return (
    `waits for its turn on relay ${relay.name}: ${job.server} of ${job.migration} has a btrfs of the same UUID mounted there, ` +
    `and its kernel ${relayKernel()} mounts only one at a time`
  );
}

function holderOf(turns: readonly Turn[], uuids: readonly string[]): Turn | null {
  return turns.find((one) => one.holds && one.uuids.some((uuid) => uuids.includes(uuid))) ?? null;
}

function isOf(turn: Turn, job: JobRef): boolean {
  return jobId(turn.job) === jobId(job);
}

/** Changes the record of one job: `change` is given those of all others that still count. */
async function changeTurns<T>(
  relay: RelayContext,
  job: JobRef,
  change: (others: readonly Turn[]) => { readonly turns: readonly Turn[]; readonly answer: T },
): Promise<T> {
  const file = turnsFile(relay);
  return withLock(`${file}.lock`, async () => {
    const { turns, answer } = change((await currentTurns(relay)).filter((one) => !isOf(one, job)));
    await writeAtomically(file, `${JSON.stringify(turns, null, 1)}\n`);
    return answer;
  });
}

function turnsFile(relay: RelayContext): string {
  return join(relay.dir, 'turns.json');
}

async function readTurns(relay: RelayContext): Promise<readonly Turn[]> {
  const text = await readIfExists(turnsFile(relay));
  return text === null ? [] : (JSON.parse(text) as Turn[]);
}

/** Those whose job is still heard of, or has something mounted. */
async function currentTurns(relay: RelayContext): Promise<Turn[]> {
  const current: Turn[] = [];
  for (const turn of await readTurns(relay)) if (await isCurrent(relay, turn)) current.push(turn);
  return current;
}

async function isCurrent(relay: RelayContext, { job, holds, atMs }: Turn): Promise<boolean> {
  const ageMs = Date.now() - atMs;
  return holds ? ageMs < BETWEEN_STEPS_MS || (await hasNamespace(relay, job)) : ageMs < WAITS_MS;
}

async function hasNamespace(relay: RelayContext, job: JobRef): Promise<boolean> {
  const paths = jobPaths(relay, job);
  for (const name of await namespacesOf(paths)) {
    if ((await JobNamespace.find(paths, name)) !== null) return true;
  }
  return false;
}
