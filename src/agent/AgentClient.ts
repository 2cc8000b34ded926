import { FleetliftError } from '../errors/FleetliftError.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { SourceFacts, VolumeGroupFacts } from '../model/facts.js';
import type { JobRef } from '../model/job.js';
import type { PlannedSnapshot } from '../model/plan.js';
import type { Difference, PassSpec, PassStatus } from '../model/transfer.js';
import { shellQuote } from '../ssh/shellQuote.js';
import type { ExecOptions, ExecResult, Place, SshSession } from '../ssh/types.js';
import { parseItems } from './differences.js';
import { initramfsWaits } from './facts/initramfs.js';
import { parseFacts } from './facts/parseFacts.js';
import { parseVolumeGroups } from './facts/volumes.js';
import { AGENT_BASE, agentFolder } from './folder.js';
import { encodePassSpec } from './passSpec.js';
import { parsePassStatus } from './passStatus.js';
import { parseStillness, type Stillness } from './stillness.js';
import { agentScript } from './script.js';
import { encodeSnapshotSpec, parseSnapshotStatus, snapshotFailure } from './snapshots.js';

interface CallOptions {
  readonly signal?: AbortSignal;
}

interface AskOptions extends ExecOptions {
  /** The source ends the agent's work by itself after that time. */
  readonly endsAfterSeconds?: number;
}

/** Differences that are looked at one by one; more than this is no drift but a replica that is not one. */
const MAX_DIFFERENCES = 20_000;
const FACTS_TIMEOUT_MS = 300_000;
/** After this the source itself ends the facts, so that a hanging tool outlives nothing. */
const FACTS_LIMIT_SECONDS = 280;
/** Exit code of `timeout` where it did. */
const TIMED_OUT = 124;
/** systemd gives a service 90 s to stop, and there may be several. */
const QUIESCE_TIMEOUT_MS = 10 * 60_000;
const INITRAMFS_TIMEOUT_MS = 15 * 60_000;
const CTIMES_TIMEOUT_MS = 10 * 60_000;
/** What is written yet is written out first, and btrfs makes one snapshot after the other. */
const TAKE_TIMEOUT_MS = 10 * 60_000;
/** Whoever takes snapshots is waited for, two minutes. */
const DROP_TIMEOUT_MS = 5 * 60_000;
/** Exit code by which the agent itself refuses. */
const REFUSED = 70;
/** What `ssh -v` says of each, in all its versions. */
const SIGNS = { connection: /connection established/i, greeting: /remote protocol version/i };
/** All that an agent needs of a session. */
type Commands = Pick<SshSession, 'exec'>;
/** What the source's tools say where its disk is full. */
const NO_ROOM = /No space left/;

/** The agent of one job on one source, asked over an open SSH session. */
export class AgentClient {
  private constructor(
    private readonly session: Commands,
    private readonly folder: string,
    private readonly options: CallOptions,
  ) {}

  /**
   * Lays the agent down in the job's folder, and has its sha256 checked there; what is there already is replaced.
   * The time stamp of the folder above is put back, so that the source stays as it was.
   * @throws E-NOT-ROOT, E-SOURCE-FULL, E-AGENT-PUSH, and what the session throws
   */
  static async push(session: Commands, job: JobRef, options: CallOptions = {}): Promise<AgentClient> {
    const script = await agentScript();
    const folder = agentFolder(job);
    const command = [
      'umask 077',
      '[ "$(id -u)" = 0 ] || { echo not-root; exit 0; }',
      // All of it is read before anything is made, and who no longer listens ends it here: a shell whose start-up files
      // hold it up may come to this command long after it was given up.
      'fl_script=$(cat) && echo read || exit 1',
      keepingTime(`mkdir -p ${shellQuote(folder)}`),
      // Written by cat: a shell's own printf does not tell a full disk from a broken one.
      // In a file of its own ($$): several activities of a job may come at once.
      `cd ${shellQuote(folder)} && printf '%s\\n' "$fl_script" | cat >agent.$$ && [ "$(sha256sum <agent.$$ | cut -d" " -f1)" = ${script.sha256} ]`,
      `[ $? = 0 ] || { cd / && rm -f ${shellQuote(folder)}/agent.$$; echo altered; exit 1; }`,
      'mv -f agent.$$ agent.sh && echo pushed',
    ].join('\n');
    const result = await session.exec(command, { ...options, stdin: script.text });
    const answer = result.stdout.toString('utf8').trim().split('\n').at(-1);
    if (answer === 'not-root') {
      throw new FleetliftError('E-NOT-ROOT', {
        message: `the login on ${job.server} is not root, and sudo is not asked for`,
      });
    }
    if (answer !== 'pushed') {
      const said = `${result.stdout.toString('utf8')} ${result.stderr}`.trim().slice(0, 500);
      throw new FleetliftError(NO_ROOM.test(said) ? 'E-SOURCE-FULL' : 'E-AGENT-PUSH', {
        message: `the agent could not be laid down in ${folder}: ${said}`,
      });
    }
    return new AgentClient(session, folder, options);
  }

  /** The agent of a job that may or may not lie there, for its removal; nothing ends that but its own time limits. */
  static toRemove(session: Commands, job: JobRef): AgentClient {
    return new AgentClient(session, agentFolder(job), {});
  }

  /** @throws E-AGENT-OUTPUT where the answer is not what an agent says */
  async facts(): Promise<SourceFacts> {
    const sentAtMs = Date.now();
    const result = await this.ask(['facts'], {
      timeoutMs: FACTS_TIMEOUT_MS,
      maxOutputBytes: 8 << 20,
      endsAfterSeconds: FACTS_LIMIT_SECONDS,
    });
    return parseFacts(result.stdout.toString('utf8'), { sentAtMs, receivedAtMs: Date.now() });
  }

  /** The public half of the job's key, made on the source at the first call. */
  async makeKey(): Promise<string> {
    const line = (await this.ask(['key'])).stdout.toString('utf8').trim();
    if (/^ssh-ed25519 [A-Za-z0-9+/=]{40,120}( [\w.@-]{0,64})?$/.test(line)) return line;
    throw new FleetliftError('E-AGENT-OUTPUT', {
      message: `not a public key: ${JSON.stringify(line.slice(0, 200))}`,
    });
  }

  /**
   * Whether the source gets a TCP connection to a port within 10 s, whatever answers there, or the greeting of an SSH
   * server. Without an ssh client it cannot be tried and counts as reached: the missing client is a finding of its own.
   */
  async reaches({ address, port }: Place, sign: 'connection' | 'greeting'): Promise<boolean> {
    const said = (await this.ask(['reach', address, String(port)])).stdout.toString('utf8');
    return SIGNS[sign].test(said) || said.trim() === 'no ssh client';
  }

  /** Starts a pass; one that runs already, or is done, is left alone; one that died goes on. */
  async startPass(spec: PassSpec): Promise<void> {
    await this.ask(['start', String(spec.number)], { stdin: encodePassSpec(spec) });
  }

  /**
   * The state of a pass; of one that runs only at its end or after that time.
   * @param waitSeconds - whole; each answer costs the source some twenty processes
   * @throws E-AGENT-OUTPUT, E-SOURCE-FULL
   */
  async passStatus(number: number, waitSeconds = 1): Promise<PassStatus | null> {
    const words = ['status', String(number), String(waitSeconds)];
    const result = await this.ask(words, { maxOutputBytes: 256 << 10 });
    return parsePassStatus(number, result.stdout.toString('utf8'));
  }

  /** Ends a pass's rsync and all around it, within about five seconds. */
  async stopPass(number: number): Promise<void> {
    await this.ask(['stop', String(number)]);
  }

  /** What a verify pass found, each entry with the source's change time. */
  async differences(number: number): Promise<Difference[]> {
    const items = parseItems((await this.ask(['items', String(number)])).stdout);
    if (items.length > MAX_DIFFERENCES) {
      throw new FleetliftError('E-VERIFY-DIFF', {
        message: `${String(items.length)} entries differ: the replica is not a copy`,
      });
    }
    if (items.length === 0) return [];
    const stdin = Buffer.concat(
      items.map(({ filesystem, path }) =>
        Buffer.concat([Buffer.from(`${filesystem}/`), path, Buffer.from([0])]),
      ),
    );
    const answer = await this.ask(['ctimes', String(number)], { stdin, timeoutMs: CTIMES_TIMEOUT_MS });
    const times = answer.stdout.toString('utf8').trim().split('\n');
    if (times.length !== items.length) {
      throw new FleetliftError('E-AGENT-OUTPUT', {
        message: 'the agent told other change times than it was asked for',
      });
    }
    return items.map(({ filesystem, itemized, path }, at) => {
      const [ctime, word] = (times[at] ?? '').split(' ');
      const time = Number(ctime);
      return {
        filesystem,
        itemized,
        path: path.toString('utf8'),
        ctimeEpoch: Number.isFinite(time) ? time : null,
        ...(word === 'placeholder' ? { isPlaceholder: true as const } : {}),
      };
    });
  }

  /**
   * Builds an initramfs for that kernel in the agent's folder, with virtio, that waits for no volume of the source;
   * `/boot` is not touched. Takes a minute or so; one that was built before is kept.
   * @throws E-INITRAMFS, E-SOURCE-FULL
   */
  async buildInitramfs(kernelRelease: string): Promise<void> {
    const options = { timeoutMs: INITRAMFS_TIMEOUT_MS, maxOutputBytes: 256 << 10 };
    const { stdout } = await this.ask(['initramfs', kernelRelease], options, 'E-INITRAMFS');
    // A swap is waited for in vain for half a minute, and no boot ends over it.
    const waits = initramfsWaits(stdout.toString('utf8')).filter((one) => one !== 'resume');
    if (waits.length === 0) return;
    // So that a retry does not find it again.
    await this.ask(['forget-initramfs']);
    throw new FleetliftError('E-INITRAMFS', {
      message: `the initramfs that was built for ${kernelRelease} waits for volumes of the source as well (${waits.join(', ')})`,
    });
  }

  /**
   * Stops services, and whatever would start them, for so many seconds: then a timer on the source starts them again.
   * Those that stand still already are given the time anew.
   * @throws E-QUIESCE
   */
  async quiesce(units: readonly string[], seconds: number): Promise<Stillness> {
    const words = ['quiesce', String(seconds), ...units];
    return parseStillness((await this.ask(words, { timeoutMs: QUIESCE_TIMEOUT_MS }, 'E-QUIESCE')).stdout);
  }

  /** Whether the services have stood still since they were stopped; they are given so many seconds more. */
  async holdStill(seconds: number): Promise<Stillness> {
    return parseStillness((await this.ask(['hold-still', String(seconds)])).stdout);
  }

  /** Leaves the services stopped for good, and tells whether they stood still up to now. */
  async keepStill(): Promise<Stillness> {
    return parseStillness((await this.ask(['keep-still'])).stdout);
  }

  /** Starts what was stopped and is not to stay so. @throws E-QUIESCE */
  async wake(): Promise<void> {
    await this.ask(['wake'], { timeoutMs: QUIESCE_TIMEOUT_MS }, 'E-QUIESCE');
  }

  /** The volume groups of LVM as they are now. */
  async volumeGroups(): Promise<VolumeGroupFacts[]> {
    return parseVolumeGroups((await this.ask(['volume-groups'])).stdout.toString('utf8'));
  }

  /**
   * Takes snapshots, close to each other, in the place of those that it holds; a timer on the source removes them after
   * so many seconds.
   * @throws E-SNAPSHOT, E-SOURCE-FULL
   */
  async takeSnapshots(snapshots: readonly PlannedSnapshot[], seconds: number): Promise<void> {
    const options = { stdin: encodeSnapshotSpec(snapshots), timeoutMs: TAKE_TIMEOUT_MS };
    const { stdout } = await this.ask(['snapshot-take', String(seconds)], options, 'E-SNAPSHOT');
    expectSnapshots(
      stdout,
      snapshots.map(({ filesystem }) => filesystem),
    );
  }

  /**
   * Asks for so many seconds more, and sees that all of them can be read.
   * @param filesystems - ids of those whose snapshots are needed
   * @throws E-SNAPSHOT where one ran full, or is gone
   */
  async holdSnapshots(filesystems: readonly string[], seconds: number): Promise<void> {
    expectSnapshots((await this.ask(['snapshot-status', String(seconds)])).stdout, filesystems);
  }

  /** Ends what reads from snapshots, and removes them all. May be repeated. @throws E-SNAPSHOT */
  async dropSnapshots(): Promise<void> {
    await this.ask(['snapshot-drop'], { timeoutMs: DROP_TIMEOUT_MS }, 'E-SNAPSHOT');
  }

  /**
   * Stops everything and removes the job's folder; the last one removes the folder of all agents too. May be repeated.
   */
  async remove(): Promise<void> {
    // One command, so that it is done whatever the login's shell says around it; one that was given up is not done later.
    const script = shellQuote(`${this.folder}/agent.sh`);
    const halt = `{ [ ! -e ${script} ] || sh ${script} halt >/dev/null; }`;
    const gone = `rm -rf ${shellQuote(this.folder)} && { rmdir ${AGENT_BASE} 2>/dev/null; true; }`;
    const result = await this.session.exec(
      `echo removing && cd / && ${halt} && { ${keepingTime(gone)}; }`,
      this.options,
    );
    if (result.exitCode !== 0) {
      throw new FleetliftError('E-AGENT-PUSH', {
        message: `the agent's folder ${this.folder} could not be removed: ${result.stderr.trim().slice(0, 500)}`,
      });
    }
  }

  /** @param refusal what it is where the agent itself says no, and its disk is not the reason */
  private async ask(
    words: readonly string[],
    options: AskOptions = {},
    refusal: ErrorCode = 'E-AGENT-OUTPUT',
  ): Promise<ExecResult> {
    const { endsAfterSeconds, ...execOptions } = options;
    const asked = ['sh', `${this.folder}/agent.sh`, ...words].map(shellQuote).join(' ');
    const command = endsAfterSeconds === undefined ? asked : endingAfter(endsAfterSeconds, asked);
    const result = await this.session.exec(command, { ...this.options, ...execOptions });
    if (result.exitCode === 0) return result;
    if (endsAfterSeconds !== undefined && result.exitCode === TIMED_OUT) {
      throw new FleetliftError('E-SSH-TIMEOUT', {
        message: `the agent was asked for ${words[0] ?? ''} and had not answered in ${String(endsAfterSeconds)} s`,
      });
    }
    const said = result.stderr.trim().slice(-1000);
    const refused = NO_ROOM.test(said) ? 'E-SOURCE-FULL' : refusal;
    throw new FleetliftError(result.exitCode === REFUSED ? refused : 'E-AGENT-OUTPUT', {
      message: `the agent ended with ${String(result.exitCode)} when asked for ${words[0] ?? ''}: ${said}`,
    });
  }
}

function expectSnapshots(output: Buffer, filesystems: readonly string[]): void {
  const failure = snapshotFailure(parseSnapshotStatus(output), filesystems);
  if (failure !== null) throw new FleetliftError('E-SNAPSHOT', { message: `snapshots are lost: ${failure}` });
}

/** Ends a command after that time where the source has a `timeout`; old versions of busybox have one of another syntax. */
function endingAfter(seconds: number, command: string): string {
  return `if timeout 5 true 2>/dev/null; then timeout -k 5 ${String(seconds)} ${command}; else ${command}; fi`;
}

/**
 * Runs a command that adds or removes an entry of /var/lib, and puts that folder's time stamp back. One after another
 * where several jobs are at work on the source: else one of them takes for the old time what another has just caused.
 * The lock is on the folder itself, so that it leaves nothing and ends with its shell; without `flock`, or where it is
 * held for long, it is done all the same, since the time stamp is worth less than the work.
 */
function keepingTime(command: string): string {
  return [
    '{ [ -d /var/lib ] && exec 9</var/lib && timeout 30 flock 9; } 2>/dev/null',
    'fl_time=$(stat -c %y /var/lib 2>/dev/null)',
    command,
    'fl_code=$?',
    '[ -z "$fl_time" ] || touch -m -d "$fl_time" /var/lib 2>/dev/null',
    'exec 9<&-',
    '[ $fl_code = 0 ]',
  ].join('; ');
}
