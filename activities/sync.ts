import { log } from '@temporalio/activity';
import { FleetliftError } from '../src/errors/FleetliftError.js';
import { rsyncError } from '../src/agent/exitCodes.js';
import type { AgentClient } from '../src/agent/AgentClient.js';
import { initramfsFolder } from '../src/agent/folder.js';
import type { JobContext, PassRequest } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { Compression, ImageFormat } from '../src/model/fleet.js';
import { INITRAMFS } from '../src/model/plan.js';
import type { PassFilesystem, PassSpec, PassStatus } from '../src/model/transfer.js';
import { bootKernel } from '../src/plan/bootKernel.js';
import { buildsInitramfs } from '../src/plan/initramfsLack.js';
import { espPart, passFilesystems } from '../src/plan/passFilesystems.js';
import { unreachable } from '../src/preflight/relayReach.js';
import { rateMeter } from '../src/model/rate.js';
import { SNAPSHOT_LEASE_SECONDS } from './snapshots.js';
import { withHeartbeat, type Reporter } from './support/heartbeat.js';
import { pollUntil } from './support/poll.js';
import { openRelayWay, type RelayWay } from './support/relayWay.js';
import { withAgent } from './support/source.js';

/** Between two questions for a running pass; the agent waits before it answers, unless the pass ends. */
const POLL_MS = 50;
/** Progress that is no older is shown as live. */
const MOST_LOOK_SECONDS = 5;
/** A source that is asked to stop a transfer and does not answer is given up after this long. */
const STOP_MS = 15_000;
/** A pass that neither sends nor reads for this long is stopped: E-SYNC-STALLED. rsync's own timeout is shorter. */
const STALL_MS = 15 * 60_000;

/** Makes the job's key on the source; answers its public half. */
export async function makeTransferKey(context: JobContext): Promise<string> {
  return withHeartbeat({ step: 'sync', detail: 'making the key' }, ({ signal }) =>
    withAgent(context, signal, (agent) => agent.makeKey()),
  );
}

/**
 * Runs one pass to its end. A pass of that number which runs already is watched; one that died goes on where it
 * stopped. When the activity is cancelled (pause, cancel), the transfer on the source is stopped; when only this
 * worker goes away it runs on, unless it goes through a tunnel, which goes away too.
 * @throws E-INITRAMFS, E-RSYNC-…, E-SYNC-STALLED, E-SNAPSHOT, E-SOURCE-FULL, E-TUNNEL, E-RELAY-UNREACHABLE, and what the
 *   connection throws
 */
export async function runPass(
  context: JobContext,
  request: PassRequest,
  stopRequested: () => boolean,
): Promise<PassStatus> {
  const { number, kind, facts, receiver, snapshots = [] } = request;
  const detail = kind === 'sync' ? `pass ${String(number)}` : kind === 'verify' ? 'checksum' : 'correcting';
  const step = kind === 'sync' ? 'sync' : 'verify';
  return withHeartbeat({ step, detail }, async (reporter) => {
    try {
      return await withAgent(context, reporter.signal, async (agent, session) => {
        await buildInitramfs(agent, facts, context.server.image.format, { step, reporter });
        const way = await openRelayWay(context, receiver.port, session, reporter.signal);
        // One that runs yet sends into the tunnel of another connection: that is gone, or hangs for minutes.
        if (way.reach().tunnelled) await agent.stopPass(number);
        await agent.startPass(passSpec(context, request, way));
        const status = await watchPass(agent, number, facts, { step, detail, reporter });
        // What was read from one that ran full, or is gone, may be anything, and a pass does not always notice.
        if (snapshots.length > 0) await agent.holdSnapshots(snapshots, SNAPSHOT_LEASE_SECONDS);
        const error = passError(context, status);
        if (error !== null) throw wayError(way, error) ?? error;
        return status;
      });
    } catch (error) {
      if (stopRequested()) await stopOnSource(context, number);
      throw error;
    }
  });
}

/**
 * Stops a pass over a connection of its own: the one that watched it is cancelled like all else. Where the source is
 * not reached, the relay ends the transfer at its side.
 */
async function stopOnSource(context: JobContext, pass: number): Promise<void> {
  try {
    await withAgent(context, AbortSignal.timeout(STOP_MS), (agent) => agent.stopPass(pass));
  } catch (error) {
    log.warn('the transfer could not be stopped on the source', { server: context.server.name, error });
  }
}

/** Where the image needs an initramfs that the source does not have, it is a part of every pass. */
async function buildInitramfs(
  agent: AgentClient,
  facts: SourceFacts,
  format: ImageFormat,
  { step, reporter }: { step: 'sync' | 'verify'; reporter: Reporter },
): Promise<void> {
  const kernel = bootKernel(facts);
  if (kernel === null || !buildsInitramfs(facts, format)) return;
  reporter.report({ step, detail: 'initramfs' });
  await agent.buildInitramfs(kernel.release);
}

async function watchPass(
  agent: AgentClient,
  number: number,
  facts: SourceFacts,
  view: { step: 'sync' | 'verify'; detail: string; reporter: Reporter },
): Promise<PassStatus> {
  const totalBytes = facts.filesystems.reduce((sum, filesystem) => sum + filesystem.usedBytes, 0);
  const meter = rateMeter();
  let movedAt = Date.now();
  let lastSeen = '';
  const beganAt = Date.now();
  return pollUntil(POLL_MS, view.reporter.signal, async () => {
    const status = await agent.passStatus(number, lookSeconds(Date.now() - beganAt));
    if (status === null) {
      throw new FleetliftError('E-AGENT-OUTPUT', {
        message: `the agent knows nothing of pass ${String(number)}`,
      });
    }
    if (status.state !== 'running') return status;
    const seen = `${String(status.doneBytes)} ${String(status.readBytes)}`;
    if (seen !== lastSeen) {
      lastSeen = seen;
      movedAt = Date.now();
    } else if (Date.now() - movedAt > STALL_MS) {
      await agent.stopPass(number);
      throw new FleetliftError('E-SYNC-STALLED', {
        message: `pass ${String(number)} has not moved for 15 minutes`,
      });
    }
    const rate = meter.add(status.doneBytes, Date.now());
    const doneBytes = Math.min(status.doneBytes, totalBytes);
    view.reporter.report({
      step: view.step,
      detail: view.detail,
      doneBytes,
      totalBytes,
      bytesPerSecond: rate,
      ...(rate > 0 ? { etaSeconds: Math.round((totalBytes - doneBytes) / rate) } : {}),
    });
    return null;
  });
}

/**
 * How long the source waits before it tells how a pass stands that runs, whole seconds: the longer it has run, the less is
 * new. Its end is told at once.
 */
function lookSeconds(ranMs: number): number {
  return Math.min(MOST_LOOK_SECONDS, Math.max(1, Math.floor(ranMs / 20_000)));
}

/** What a pass that ended says, as an error; null: it is good. A verify pass is good whatever it found. */
function passError(context: JobContext, status: PassStatus): FleetliftError | null {
  for (const filesystem of status.filesystems) {
    const error = rsyncError(filesystem.exitCode, status.errorTail);
    if (error !== null) return error;
  }
  if (status.state === 'done') return null;
  return new FleetliftError('E-LINK-LOST', {
    message: `the transfer on ${context.server.name} ${status.state === 'stopped' ? 'was stopped' : 'died'}: ${status.errorTail.trim() || 'it left no message'}`,
  });
}

/** The better error where a tunnel has no relay behind it: rsync sees only a connection that closes at once. */
function wayError(way: RelayWay, cause: FleetliftError): FleetliftError | null {
  const reach = way.reach();
  if (reach.failure === null) return null;
  const { code, ...told } = unreachable(reach);
  return new FleetliftError(code, { ...told, cause });
}

function passSpec(context: JobContext, request: PassRequest, way: RelayWay): PassSpec {
  return {
    number: request.number,
    kind: request.kind,
    filesystems: [
      ...passFilesystems(request.facts, context.server, request.snapshots),
      ...(buildsInitramfs(request.facts, context.server.image.format) ? [initramfsPart(context.job)] : []),
      // A relay that began this job with an earlier version has no place for it.
      ...(request.receiver.takesEsp === true ? espPart(request.facts) : []),
    ],
    receiver: { ...request.receiver, ...way.entry },
    compression: chooseCompression(context.server.sync.compression, request.facts),
  };
}

function initramfsPart(job: JobContext['job']): PassFilesystem {
  const read = { kind: 'bind', mountpoint: initramfsFolder(job) } as const;
  // The relay's own, on the disk that it makes for it.
  return { id: INITRAMFS, read, excludes: ['/lost+found'] };
}

/** zstd where the source's rsync has it (the relay's always does), else none: zlib costs more than it saves. */
function chooseCompression(wish: Compression, facts: SourceFacts): PassSpec['compression'] {
  if (wish !== 'auto') return wish;
  return facts.tools.rsync?.compressions.includes('zstd') === true ? 'zstd' : 'none';
}
