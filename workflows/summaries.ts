/** What the Temporal UI shows beside each activity of a workflow, in the operator's words. */
import type { OrchestratorActivities, RelayActivities } from '../src/model/activities.js';

type Activities = Omit<OrchestratorActivities & RelayActivities, LocalActivity>;
/** Local activities have no line of their own. */
type LocalActivity = 'tellMigration' | 'releaseSource' | 'recordResult' | 'forgetResult';
type Summary<Of> = Of extends (...args: infer Args) => unknown ? string | ((...args: Args) => string) : never;

const SUMMARIES: { readonly [Name in keyof Activities]: Summary<Activities[Name]> } = {
  relayReport: 'ask the relay for room and tools',
  inspectRelay: 'look at the relay’s tools, room and clock',
  askRelay: 'ask the relay for places and room',
  preflight: 'look at the source, and judge what was found',
  reachRelay: 'ask the source whether it reaches the relay',
  importSource: 'take the source’s lock and plan its replica',
  makeTransferKey: 'make the job’s key on the source',
  refreshSource: 'look at the source anew for a delta',
  openReplica: 'make the replica’s disks and let the source in',
  runPass: (_context, { number, kind }) => `pass ${String(number)} (${kind})`,
  watchReceiver: 'count what comes',
  receiverState: 'count what came',
  limitTransfer: 'change the cap of the transfer',
  settlePass: 'write everything to disk',
  openForVerify: 'check the replica’s filesystems and mount them anew',
  compare: (_context, { number }) => `compare by checksum (pass ${String(number)})`,
  closeReplica: 'close the replica',
  restReplica: 'let the replica rest until the next delta',
  quiesce: 'stop the services of the source',
  holdStill: 'keep the services stopped',
  endStillness: (_context, how) => `services: ${how}`,
  takeSnapshots: (_context, _facts, planned) =>
    `take snapshots of ${planned.map(({ mountpoint }) => mountpoint).join(', ')}`,
  holdSnapshots: 'keep the snapshots',
  dropSnapshots: 'remove the snapshots',
  buildImage: 'make bootable images of a copy',
  startBoot: (_context, firmware) => `boot under ${firmware}`,
  checkBoot: (_context, { firmware }) => `log in and check what booted under ${firmware}`,
  stopBoot: (_context, firmware, booted) => `end the ${firmware} boot${booted ? '' : ', which failed'}`,
  removeAgent: 'remove everything from the source',
  releaseReplica: 'release the replica',
  deleteJob: 'delete what the relay has of the job',
  keepResult: 'keep result and evidence beside the images',
  readLogs: 'read the logs',
  readScreenshots: 'read the screenshots',
  earlierResults: 'read what was done before',
  findClosedJobs: 'look for jobs that ended without a word',
  startScheduledWave: 'start the wave of a schedule',
};

/** The line of an activity; undefined: it is not one of ours. */
export function summaryOf(activity: string, args: readonly unknown[]): string | undefined {
  if (!Object.hasOwn(SUMMARIES, activity)) return undefined;
  const summary = SUMMARIES[activity as keyof Activities] as
    string | ((...args: readonly unknown[]) => string);
  return typeof summary === 'string' ? summary : summary(...args);
}
