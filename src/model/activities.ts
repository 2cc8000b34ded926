/** The activities as workflows call them. Those of a relay run on its own task queue, the others on `fleetlift`. */
import type { SourceFacts } from './facts.js';
import type { StepNews } from './figures.js';
import type { Firmware, Relay, Server } from './fleet.js';
import type {
  BootResult,
  ChecksumResult,
  CommandResult,
  Finding,
  ImageChange,
  ImageResult,
  JobRef,
  ServerResult,
} from './job.js';
import type { ServerSummary } from './messages.js';
import type { PlannedSnapshot, ReplicaPlan } from './plan.js';
import type { ScheduledWave } from './schedule.js';
import type { PassSpec, PassStatus, Receiver } from './transfer.js';

/** A job's server with its settings resolved, and the relay that serves it. */
export interface JobContext {
  readonly job: JobRef;
  readonly server: Server;
  readonly relay: Relay;
  /** What the job's relay has of the migration's `limits.rateMbps`; null: no limit. */
  readonly migrationMbps: number | null;
}

/** What a relay tells of itself for preflight. */
export interface RelayReport {
  readonly name: string;
  readonly port: number;
  readonly freeBytes: number;
  /** What it could give to one job, were nothing else on its disk. */
  readonly capacityBytes: number;
  readonly imageNameTaken: boolean;
}

/** What a relay tells of itself to `doctor`. */
export interface RelayInspection {
  readonly freeBytes: number;
  /** Programs and files that it lacks, each with the Debian package that has it. */
  readonly missing: readonly (readonly [tool: string, debianPackage: string])[];
  /** How it boots images; `untried`: /dev/kvm opens, and no boot has tried it yet. */
  readonly boots: 'kvm' | 'tcg' | 'untried';
  /** Its clock, ISO 8601. */
  readonly now: string;
}

/** What a relay answers a job that asks for room for its replica, the working copy of it, and its image; and for its turn. */
export type RoomAnswer = { readonly reserved: true } | NoRoom;

export interface NoRoom {
  readonly reserved: false;
  readonly neededBytes: number;
  /** In the operator's words. */
  readonly reason: string;
  /** Another job has a filesystem mounted that this one's has the UUID of; absent: there is no room. */
  readonly code?: 'E-RELAY-SPACE' | 'E-RELAY-TURN';
}

/** A replica that can be received into, or why there is no room for it. */
export type OpenedReplica = { readonly reserved: true; readonly receiver: Receiver } | NoRoom;

/** What a job's passes have come to on its relay. */
export interface SettledPass {
  readonly wireBytes: number;
  /** What the job's files take on the relay. */
  readonly usedBytes: number;
}

/** A job that waits for room. */
export interface RoomWish {
  readonly job: JobRef;
  readonly bytes: number;
}

/** What a relay answers a migration. */
export interface RelayAnswer {
  /** Servers that it serves at a time at most; null: as the inventory says. */
  readonly slots: number | null;
  /** For each job that waits, why there is no room for it, or that it is not its turn; null: there is, and it is. */
  readonly lacks: readonly (string | null)[];
}

export interface PreflightOutcome {
  readonly facts: SourceFacts;
  readonly findings: readonly Finding[];
  readonly sourceId: string;
}

export interface ImportOutcome {
  readonly plan: ReplicaPlan;
  /** Public half of the job's key, which is made on the source. */
  readonly publicKey: string;
}

/** What a comparison came to, with some of the names that an error quotes. */
export interface JudgedDifferences {
  readonly checksum: ChecksumResult;
  readonly examples: readonly string[];
  /** The first of them all, for the evidence: a list that is short enough for Temporal. */
  readonly listed?: readonly ListedDifference[];
}

export interface ListedDifference {
  readonly filesystem: string;
  /** Relative to the filesystem's root; its beginning, where it is long. */
  readonly path: string;
  /** rsync's itemize string. */
  readonly itemized: string;
  /** Whether the source has changed it since it was sent. */
  readonly changedMeanwhile: boolean;
}

/** What a job's result is made from, which its relay keeps as evidence. */
export interface JobEvidence {
  readonly facts: SourceFacts;
  /** null: it did not come to that. */
  readonly plan: ReplicaPlan | null;
}

export interface ReceiverState {
  readonly wireBytes: number;
  readonly freeBytes: number;
}

export interface BootChecksOutcome {
  readonly commands: readonly CommandResult[];
}

/** A job's log files as an operator reads them. */
export interface LogText {
  readonly name: string;
  readonly text: string;
  /** Bytes of the file up to the end of the text. */
  readonly end: number;
}

/** Bytes of each log that are known already, by its name. */
export type LogEnds = Readonly<Record<string, number>>;

export interface LogRequest extends Pick<JobContext, 'job' | 'relay'> {
  /** Only what comes after these, which is waited for a while; absent: the end of each log, at once. */
  readonly after?: LogEnds;
}

/** What the screen showed at the end of a boot. */
export interface Screenshot {
  /** As the result of the boot names it. */
  readonly path: string;
  /** PNG, base64. */
  readonly content: string;
}

export interface OrchestratorActivities {
  /** Connects, pushes the agent, takes the facts and judges them. Leaves nothing where a finding blocks, or in a drill. */
  preflight(context: JobContext, relay: RelayReport, drill: boolean): Promise<PreflightOutcome>;
  /** Takes the lock of the source, computes its replica plan, and makes the job's key on it. */
  importSource(context: JobContext, facts: SourceFacts, sourceId: string): Promise<ImportOutcome>;
  /** Makes the job's key on the source, where it has none yet; answers its public half. */
  makeTransferKey(context: JobContext): Promise<string>;
  /** Runs one pass to its end, re-attaching to one that runs already. */
  runPass(context: JobContext, pass: PassRequest): Promise<PassStatus>;
  /** Takes the facts anew for a delta, fits the plan to them, and sees that there is a key. @throws E-SOURCE-CHANGED */
  refreshSource(context: JobContext, plan: ReplicaPlan): Promise<RefreshedSource>;
  /** Stops the services of `quiesce`; answers when, by our clock. They start again by themselves unless held. */
  quiesce(context: JobContext, facts: SourceFacts): Promise<string>;
  /** Keeps them stopped until it is cancelled. @throws E-CUTOVER where they run again */
  holdStill(context: JobContext): Promise<void>;
  /** Ends the stillness. @throws E-CUTOVER where they did not stand still up to now, and were to */
  endStillness(context: JobContext, how: StillnessEnd): Promise<void>;
  /**
   * Takes the planned snapshots on the source, in the place of any that are there; answers the ids of their filesystems.
   * A timer on the source removes them unless they are held. @throws E-SNAPSHOT
   */
  takeSnapshots(
    context: JobContext,
    facts: SourceFacts,
    planned: readonly PlannedSnapshot[],
  ): Promise<readonly string[]>;
  /** Keeps them until it is cancelled. @throws E-SNAPSHOT where one ran full, or is gone */
  holdSnapshots(context: JobContext, filesystems: readonly string[]): Promise<void>;
  /** Ends what reads from snapshots, and removes them all. @throws E-SNAPSHOT */
  dropSnapshots(context: JobContext): Promise<void>;
  /** Runs a verify pass to its end, as runPass does, and judges the differences that it found. */
  compare(context: JobContext, pass: PassRequest, passStartedAt: number): Promise<JudgedDifferences>;
  /** Logs in to a booted image and checks it. */
  checkBoot(context: JobContext, request: CheckBootRequest): Promise<BootChecksOutcome>;
  /** Removes everything of the job from the source. */
  removeAgent(context: JobContext): Promise<void>;
  releaseSource(sourceId: string, job: JobRef): Promise<void>;
  recordResult(migration: string, result: ServerResult): Promise<void>;
  /** Removes a deleted job's result file. */
  forgetResult(job: JobRef): Promise<void>;
  /** What keeps a source from its relay, seen from the source; nothing stays on it. Empty: it is reached. */
  reachRelay(context: JobContext): Promise<Finding[]>;
  /** Results of the latest jobs of a migration, from the state folder. */
  earlierResults(migration: string): Promise<ServerResult[]>;
  /** Which of these jobs are no longer running, however they ended. */
  findClosedJobs(ids: readonly string[]): Promise<string[]>;
  /** Starts the wave of a schedule; answers what came of it. @throws E-EDIT-REFUSED */
  startScheduledWave(wave: ScheduledWave): Promise<string>;
  /** Tells a migration how a server stands, and counts what is new; false: there is no such migration any more. */
  tellMigration(migration: string, summary: ServerSummary, news: StepNews): Promise<boolean>;
}

export interface PassRequest {
  readonly number: number;
  readonly kind: PassSpec['kind'];
  readonly facts: SourceFacts;
  readonly receiver: Receiver;
  /** Ids of the filesystems that are read from snapshots; absent: none. */
  readonly snapshots?: readonly string[];
}

export interface RefreshedSource extends ImportOutcome {
  readonly facts: SourceFacts;
}

/** `keep`: they stay stopped; `start`: they stood still long enough; `undo`: the cutover has failed. */
export type StillnessEnd = 'keep' | 'start' | 'undo';

export interface CheckBootRequest {
  readonly facts: SourceFacts;
  readonly plan: ReplicaPlan;
  readonly firmware: Firmware;
  readonly address: string;
  readonly port: number;
}

export interface ImageOutcome {
  readonly images: ImageResult[];
  readonly changes: ImageChange[];
}

export interface BootAddress {
  readonly address: string;
  readonly port: number;
}

export interface RelayActivities {
  relayReport(context: JobContext): Promise<RelayReport>;
  /** Looks at its tools, room and clock, and begins to listen. */
  inspectRelay(relay: Relay): Promise<RelayInspection>;
  /** What the relay has to give: places, and room for the jobs that wait for it. */
  askRelay(relay: Relay, waiting: readonly RoomWish[]): Promise<RelayAnswer>;
  /**
   * Reserves what the plan needs, makes the replica's disks where they are not made yet, mounts them for writing, and
   * lets the source in. @throws E-RELAY-SPACE where the plan needs more than the relay could ever give, E-RELAY-FULL
   */
  openReplica(context: JobContext, plan: ReplicaPlan, publicKey: string): Promise<OpenedReplica>;
  /** Sets the caps of the job's transfer, also of one that runs. */
  limitTransfer(context: JobContext): Promise<void>;
  /** Tells wire bytes by heartbeat until it is cancelled, or a receiver was stopped for want of space. */
  watchReceiver(context: JobContext): Promise<void>;
  receiverState(context: JobContext): Promise<ReceiverState>;
  /** Has all that was received written to disk. */
  settlePass(context: JobContext): Promise<SettledPass>;
  /** Unmounts the replica, checks it, mounts it anew read-only, and lets the source in to compare. */
  openForVerify(context: JobContext, publicKey: string): Promise<Receiver>;
  /** Shuts the source out, unmounts the replica and checks it as it lies on the disk; keeps what a comparison found. */
  closeReplica(context: JobContext, compared?: JudgedDifferences): Promise<SettledPass>;
  /** Unmounts the replica until the next delta, and shuts the source out. */
  restReplica(context: JobContext): Promise<void>;
  buildImage(context: JobContext, facts: SourceFacts, plan: ReplicaPlan): Promise<ImageOutcome>;
  startBoot(context: JobContext, firmware: Firmware, images: readonly ImageResult[]): Promise<BootAddress>;
  stopBoot(context: JobContext, firmware: Firmware, booted: boolean): Promise<BootResult>;
  releaseReplica(context: JobContext): Promise<void>;
  deleteJob(context: Pick<JobContext, 'job' | 'relay'>): Promise<void>;
  /** Keeps the job's result beside its images, for when the orchestrator's own is lost, and as evidence. */
  keepResult(context: JobContext, result: ServerResult, evidence?: JobEvidence): Promise<void>;
  readLogs(request: LogRequest): Promise<LogText[]>;
  /** Of the job's boots; those that are too large for a message of Temporal are left out. */
  readScreenshots(context: Pick<JobContext, 'job' | 'relay'>): Promise<Screenshot[]>;
}
