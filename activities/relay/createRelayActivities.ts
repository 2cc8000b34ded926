import { Context } from '@temporalio/activity';
import type { JobContext, RelayActivities } from '../../src/model/activities.js';
import { ESP } from '../../src/model/plan.js';
import type { Receiver, TransferLimits } from '../../src/model/transfer.js';
import { buildImage, imageNameTaken } from '../../src/relay/image/buildImage.js';
import { knownAccelerator } from '../../src/relay/boot/accelerator.js';
import { startBoot, stopBoot } from '../../src/relay/boot/boot.js';
import {
  closeReceiver,
  limitTransfer as setLimits,
  openReceiver,
  receiverStatus,
  ensureListening,
} from '../../src/relay/receiver/receiver.js';
import {
  deleteJob,
  openForVerify,
  prepareReplica,
  releaseReplica,
  restReplica,
  sealReplica,
  settlePass,
} from '../../src/relay/replica/replica.js';
import { readPlan } from '../../src/relay/replica/layout.js';
import { capacityBytes, freeBytes, lookForRoom, reserve, unreserve } from '../../src/relay/space/space.js';
import { endTurn, keepTurn, takeTurn, waitForTurn } from '../../src/relay/space/turns.js';
import { FleetliftError } from '../../src/errors/FleetliftError.js';
import { neededBytes } from '../../src/plan/neededBytes.js';
import { endRate, showRate } from '../../src/metrics/events.js';
import { rateMeter } from '../../src/model/rate.js';
import { replicaBytes } from '../../src/relay/figures.js';
import { rememberFolder } from '../../src/relay/folders.js';
import { newLogText, readJobLogs } from '../../src/relay/logs.js';
import { readJobScreenshots } from '../../src/relay/screenshots.js';
import { keepDocument, keepEvidence } from '../../src/relay/evidence/keepEvidence.js';
import { toolVersions } from '../../src/relay/evidence/toolVersions.js';
import { jobPaths } from '../../src/relay/paths.js';
import { missingTools } from '../../src/relay/tools.js';
import { keepResult } from '../../src/relay/results.js';
import { withHeartbeat } from '../support/heartbeat.js';
import { pollUntil } from '../support/poll.js';
import { relayContext } from './context.js';
import type { RelayHome } from '../../src/relay/home.js';

/** How often the receiver is looked at while a pass runs. */
const WATCH_MS = 1_000;
/** How often logs are looked at for one who follows them, and how long: below the limit for an activity without heartbeat. */
const LOG_POLL_MS = 500;
const LOG_WAIT_MS = 10_000;

/** The activities of one relay, on its own task queue. */
export function createRelayActivities(home: RelayHome): RelayActivities {
  const relayOf = (context: Pick<JobContext, 'relay'>) => relayContext(home, context.relay);
  const letIn = async (context: JobContext, publicKey: string): Promise<Receiver> => {
    const relay = relayOf(context);
    await setLimits(relay, context.job, limitsOf(context));
    const receiver = await openReceiver(relay, context.job, publicKey);
    const { disks } = await readPlan(jobPaths(relay, context.job));
    return disks.some(({ disk }) => disk === ESP) ? { ...receiver, takesEsp: true } : receiver;
  };
  return {
    async relayReport(context) {
      const relay = relayOf(context);
      return withHeartbeat({ step: 'preflight', detail: 'asking the relay' }, async () => {
        await ensureListening(relay);
        const { image, name } = context.server;
        return {
          name: relay.name,
          port: relay.port,
          freeBytes: await freeBytes(relay.dir),
          capacityBytes: await capacityBytes(relay.dir),
          imageNameTaken: await imageNameTaken(relay, image.name ?? name, image.format, context.job),
        };
      });
    },

    async inspectRelay(relay) {
      const here = relayOf({ relay });
      await ensureListening(here);
      return {
        freeBytes: await freeBytes(here.dir),
        missing: missingTools(),
        boots: await knownAccelerator(here),
        now: new Date().toISOString(),
      };
    },

    async askRelay(relay, waiting) {
      return { slots: home.slots, lacks: await lookForRoom(relayOf({ relay }), waiting) };
    },

    openReplica: (context, plan, publicKey) =>
      withHeartbeat({ step: 'sync', detail: 'making disks' }, async ({ signal, report }) => {
        const relay = relayOf(context);
        const bytes = neededBytes(plan);
        const reason = await takeTurn(relay, context.job, plan);
        if (reason !== null) return { reserved: false, neededBytes: bytes, reason, code: 'E-RELAY-TURN' };
        const room = await reserve(relay, context.job, bytes);
        if (!room.reserved) {
          await endTurn(relay, context.job);
          return room;
        }
        await rememberFolder(home.dir, relay.dir);
        await prepareReplica(relay, context.job, plan, { signal });
        report({ step: 'sync', detail: 'opening the receiver' });
        return { reserved: true, receiver: await letIn(context, publicKey) };
      }),

    limitTransfer: (context) => setLimits(relayOf(context), context.job, limitsOf(context)),

    async watchReceiver(context) {
      const [wire, logical] = [rateMeter(), rateMeter()];
      await withHeartbeat({ step: 'sync', detail: 'receiving' }, ({ signal, report }) =>
        pollUntil(WATCH_MS, signal, async () => {
          const relay = relayOf(context);
          const { wireBytes, failure } = await receiverStatus(relay, context.job);
          if (failure !== null) throw new FleetliftError(failure.code, { message: failure.message });
          const bytesPerSecond = wire.add(wireBytes, Date.now());
          const logicalBytes = await replicaBytes(jobPaths(relay, context.job));
          showRate(context.job, logical.add(logicalBytes, Date.now()), bytesPerSecond);
          report({ step: 'sync', detail: 'receiving', wireBytes, bytesPerSecond });
          return null;
        }),
      ).finally(() => endRate(context.job));
    },

    async receiverState(context) {
      const { wireBytes, freeBytes: free } = await receiverStatus(relayOf(context), context.job);
      return { wireBytes, freeBytes: free };
    },

    settlePass: (context) =>
      withHeartbeat({ step: 'sync', detail: 'writing to disk' }, () =>
        settlePass(relayOf(context), context.job),
      ),

    openForVerify: (context, publicKey) =>
      withHeartbeat({ step: 'verify', detail: 'checking filesystems' }, async ({ signal, report }) => {
        const relay = relayOf(context);
        await sealReplica(relay, context.job);
        const onWait = (detail: string): void => report({ step: 'verify', detail });
        const plan = await readPlan(jobPaths(relay, context.job));
        await waitForTurn(relay, context.job, plan, { signal, onWait });
        report({ step: 'verify', detail: 'mounting anew' });
        await openForVerify(relay, context.job);
        return letIn(context, publicKey);
      }),

    closeReplica: (context, compared) =>
      withHeartbeat({ step: 'verify', detail: 'checking filesystems' }, async () => {
        const relay = relayOf(context);
        if (compared !== undefined) await keepDocument(relay, context.job, 'checksum', compared);
        const settled = await settlePass(relay, context.job);
        await sealReplica(relay, context.job);
        await keepTurn(relay, context.job);
        await closeReceiver(relay, context.job);
        return settled;
      }),

    restReplica: (context) =>
      withHeartbeat({ step: 'sync', detail: 'unmounting' }, async () => {
        await closeReceiver(relayOf(context), context.job);
        await restReplica(relayOf(context), context.job);
      }),

    buildImage: (context, facts, plan) =>
      withHeartbeat({ step: 'image', detail: 'copying the replica' }, async ({ signal, report }) => {
        const relay = relayOf(context);
        await keepEvidence(relay, context.job, context.server, { facts, plan });
        await keepDocument(relay, context.job, 'tools', await toolVersions(signal));
        const onProgress = (detail: string, done?: number, total?: number): void =>
          report({
            step: 'image',
            detail,
            ...(done === undefined ? {} : { doneBytes: done }),
            ...(total === undefined ? {} : { totalBytes: total }),
          });
        await waitForTurn(relay, context.job, plan, { signal, onWait: onProgress });
        try {
          const order = { facts, plan, server: context.server };
          return await buildImage(relay, context.job, order, { signal, onProgress });
        } finally {
          // The image is booted by QEMU: from here on nothing of the job is mounted.
          await endTurn(relay, context.job);
        }
      }),

    startBoot: (context, firmware, images) =>
      withHeartbeat({ step: 'verify', detail: `boot ${firmware}` }, ({ signal, report }) =>
        startBoot(
          relayOf(context),
          context.job,
          { firmware, images, bindAddress: home.bootAddress ?? relayOf(context).address },
          { signal, onProgress: (detail) => report({ step: 'verify', detail }) },
        ),
      ),

    stopBoot: (context, firmware, booted) =>
      withHeartbeat({ step: 'verify', detail: `ending boot ${firmware}` }, () =>
        stopBoot(relayOf(context), context.job, firmware, { booted }),
      ),

    async releaseReplica(context) {
      const relay = relayOf(context);
      await withHeartbeat({ step: 'clean-up', detail: 'releasing the replica' }, async () => {
        await closeReceiver(relay, context.job);
        await releaseReplica(relay, context.job);
        await unreserve(relay, context.job);
      });
    },

    async deleteJob(context) {
      const relay = relayOf(context);
      await withHeartbeat({ step: 'clean-up', detail: 'deleting the job' }, async () => {
        await closeReceiver(relay, context.job);
        await deleteJob(relay, context.job);
        await unreserve(relay, context.job);
      });
    },

    keepResult: (context, result, evidence) =>
      keepResult(relayOf(context), context.job, result, async (relay) => {
        if (evidence !== undefined) await keepEvidence(relay, context.job, context.server, evidence);
      }),

    async readLogs({ after, ...context }) {
      const [relay, { job }] = [relayOf(context), context];
      if (after === undefined) return readJobLogs(relay, job);
      const endMs = Date.now() + LOG_WAIT_MS;
      return pollUntil(LOG_POLL_MS, Context.current().cancellationSignal, async () => {
        const texts = await newLogText(relay, job, after);
        return texts.length > 0 || Date.now() > endMs ? texts : null;
      });
    },

    readScreenshots: (context) => readJobScreenshots(relayOf(context), context.job),
  };
}

function limitsOf({ server, migrationMbps }: JobContext): TransferLimits {
  return { serverMbps: server.sync.rateMbps, migrationMbps };
}
