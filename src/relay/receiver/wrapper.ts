/**
 * The forced command of a source's key: `wrapper.js JOB_FOLDER`. Runs an rsync daemon inside the job's namespace and
 * stands between it and the connection: here wire bytes are counted, a transfer is stopped, and the exit code is true.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists } from '../files.js';
import { isStaying, parseRecord, recordOf, signalRecord, type ProcessRecord } from '../processRecord.js';
import { markLost, markUnsettled } from '../replica/trust.js';
import { writeConnection } from './connections.js';
import { writeFailure } from './failure.js';
import { rsyncdConfigFile, settingsFile, type ReceiverSettings } from './layout.js';
import { countingPump } from './pump.js';
import { currentRate } from '../rate/limits.js';
import { throttle } from '../rate/throttle.js';
import { lacksRoom, type Room } from './room.js';
import { writeOut, writeOutSchedule } from './writeOut.js';

/** sysexits.h: the request is not allowed; the replica is not ready; the disk is full. */
const EX_NOPERM = 77;
const EX_CANTCREAT = 73;
const EX_TEMPFAIL = 75;

const WATCH_MS = 200;
const PERSIST_MS = 1_000;
/** How often it is asked what the transfer may have: limits change in flight, and so do those that share them. */
const RATE_MS = 1_000;

await main(process.argv[2] ?? '');

async function main(job: string): Promise<void> {
  const command = process.env['SSH_ORIGINAL_COMMAND'] ?? '';
  if (command !== 'rsync --server --daemon .') {
    refuse(EX_NOPERM, 'this key may only send to its replica by rsync');
    return;
  }
  const work = join(job, 'work');
  const holder = parseRecord((await readIfExists(join(work, 'replica.namespace'))) ?? '');
  if (holder === null || !(await isStaying(holder))) {
    refuse(EX_TEMPFAIL, 'the replica is not mounted');
    return;
  }
  const own = await recordOf(process.pid);
  if (own === null) throw new Error('/proc has no record of this process');
  const receiver = join(job, 'receiver');
  const writes = (await readIfExists(join(work, 'replica.mode'))) === 'write';
  try {
    await writeConnection(receiver, { ...own, wireBytes: 0 });
    if (writes) await markUnsettled(work, `${holder.pid} ${holder.startTicks}`);
  } catch (error) {
    await tellFull(receiver, noRoomLeft(error).message);
    process.exitCode = EX_CANTCREAT;
    return;
  }
  process.exitCode = await receive({ job, work, receiver, own, holder, writes });
}

interface Receiving {
  readonly job: string;
  readonly work: string;
  readonly receiver: string;
  readonly own: ProcessRecord;
  readonly holder: ProcessRecord;
  /** False for a dry run against a replica that is mounted read-only. */
  readonly writes: boolean;
}

/** Runs rsync to its end; answers the exit code. */
async function receive(receiving: Receiving): Promise<number> {
  const settings = JSON.parse(
    (await readIfExists(settingsFile(receiving.receiver))) ?? '{}',
  ) as ReceiverSettings;
  const rsync = spawn('setpriv', rsyncWords(receiving), {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // a process group of its own, so that all of it can be killed
    env: { ...process.env, LC_ALL: 'C' },
  });
  const ended = once(rsync, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // Sockets of our own: process.stdout would block the whole process while the source does not read.
  const inward = countingPump(new Socket({ fd: 0, writable: false }), rsync.stdin);
  const outward = countingPump(rsync.stdout, new Socket({ fd: 1, readable: false }));
  const kill = (): void => killGroup(rsync, 'SIGKILL');
  outward.onBroken(kill);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, kill);

  const over = new AbortController();
  const stopFor = (room: Room): Promise<void> => stopTransfer(receiving, room, kill);
  const persist = async (): Promise<void> => {
    const wireBytes = inward.bytes() + outward.bytes();
    try {
      await writeConnection(receiving.receiver, { ...receiving.own, wireBytes });
    } catch (error) {
      await stopFor({ kind: 'full', message: noRoomLeft(error).message });
    }
  };
  let rate = await currentRate(receiving.job);
  const stopThrottle = throttle(inward, () => rate);
  const weighing = every(RATE_MS, over.signal, async () => {
    rate = await currentRate(receiving.job);
  });
  const persisting = every(PERSIST_MS, over.signal, persist);
  const isWriteOutDue = writeOutSchedule(
    settings.writeOut,
    () => inward.bytes(),
    () => performance.now(),
  );
  const watching = receiving.writes
    ? [
        every(WATCH_MS, over.signal, async () =>
          stopFor(await lacksRoom(receiving.job, settings, receiving.holder.pid, inward)),
        ),
        every(WATCH_MS, over.signal, async () => {
          if (isWriteOutDue()) await stopFor(await writtenOut(receiving));
        }),
      ]
    : [];
  try {
    const [code, signal] = await ended;
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    over.abort();
    stopThrottle();
    inward.stop();
    outward.stop();
    await Promise.all([persisting, weighing, ...watching]);
    await persist();
  }
}

function rsyncWords({ job, holder }: Receiving): string[] {
  const dieWithParent = ['--pdeathsig', 'KILL'];
  const enter = ['nsenter', '-t', String(holder.pid), '-m', '-p', '--', 'setpriv', ...dieWithParent];
  const config = `--config=${rsyncdConfigFile(join(job, 'receiver'))}`;
  return [...dieWithParent, ...enter, 'rsync', '--server', '--daemon', config, '.'];
}

async function writtenOut({ job, holder }: Receiving): Promise<Room> {
  const error = await writeOut(job, holder.pid);
  return error === null ? { kind: 'enough' } : { kind: 'lost', message: error };
}

/** Stops the transfer before it takes the relay's last room, or once the kernel says that bytes were lost. */
async function stopTransfer(receiving: Receiving, room: Room, kill: () => void): Promise<void> {
  if (room.kind === 'enough') return;
  if (room.kind === 'lost') {
    // On a full disk even the mark may not fit. A namespace that ended unsettled is distrusted just as well.
    await markLost(receiving.work).catch(() => signalRecord(receiving.holder, 'SIGKILL'));
  }
  await tellFull(receiving.receiver, room.message).finally(kill);
}

async function tellFull(receiver: string, message: string): Promise<void> {
  process.stderr.write(`fleetlift: E-RELAY-FULL: ${message}\n`);
  await writeFailure(receiver, { code: 'E-RELAY-FULL', message });
}

/** The error of a file that has no room; anything else is thrown on. */
function noRoomLeft(error: unknown): FleetliftError {
  if (error instanceof FleetliftError && error.code === 'E-RELAY-FULL') return error;
  throw error;
}

/** Does something again and again, never twice at once, until it is over; a failure of it ends the process. */
async function every(ms: number, over: AbortSignal, action: () => Promise<void>): Promise<void> {
  for (;;) {
    await delay(ms, undefined, { signal: over }).catch((error: unknown) => {
      if (!over.aborted) throw error;
    });
    if (over.aborted) return;
    await action();
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function refuse(exitCode: number, message: string): void {
  process.stderr.write(`fleetlift: ${message}\n`);
  process.exitCode = exitCode;
}
