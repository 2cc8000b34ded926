import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PassSpec, PassState, PassStatus } from '../../model/transfer.js';
import { startSshd } from '../../ssh/testing/sshd.js';
import { AgentClient } from '../AgentClient.js';
import { agentFolder } from '../folder.js';
import { startGate, type Gate } from './gate.js';
import { localSession, type LocalSession, type Shell } from './localSession.js';

/** A source (this machine, one folder of it), the real agent, and a receiver: sshd with an rsync daemon behind it. */
export interface Bench {
  readonly agent: AgentClient;
  readonly session: LocalSession;
  readonly gate: Gate;
  /** The agent's folder. */
  readonly folder: string;
  readonly source: string;
  readonly replica: string;
  pass(number: number, kind: PassSpec['kind'], change?: Partial<PassSpec>): PassSpec;
  /** Runs a pass to its end. */
  run(spec: PassSpec): Promise<PassStatus>;
  /** Waits until a pass has another state than running, or the one given. */
  until(number: number, state?: PassState): Promise<PassStatus>;
  /** Processes that carry the mark of one of this job's passes. */
  processes(): Promise<number[]>;
  dispose(): Promise<void>;
}

export async function startBench(shell: Shell, within: readonly string[] = []): Promise<Bench> {
  const base = await mkdtemp(join(tmpdir(), 'fleetlift-agent-'));
  const [source, replica] = [join(base, 'source'), join(base, 'replica')];
  await mkdir(source);
  await mkdir(join(replica, 'fs0'), { recursive: true });
  const sshd = await startSshd();
  const gate = await startGate(sshd.port);
  const session = await localSession(shell, within);
  const job = { migration: 'agenttest', server: randomUUID().slice(0, 8), number: 1 };
  const agent = await AgentClient.push(session, job);
  const config = join(base, 'rsyncd.conf');
  await writeFile(
    config,
    `use chroot = yes\nuid = 0\ngid = 0\nmunge symlinks = no\n[job]\npath = ${replica}\nread only = no\nwrite only = yes\n`,
  );
  const key = await agent.makeKey();
  await sshd.authorize(`restrict,command="rsync --server --daemon --config=${config} ." ${key}`);
  const folder = agentFolder(job);

  const until = async (number: number, state?: PassState): Promise<PassStatus> => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const status = await agent.passStatus(number);
      const ended = status !== null && status.state !== 'running';
      if (status !== null && (state === undefined ? ended : status.state === state)) return status;
      if (Date.now() > deadline) throw new Error(`in vain waited for the pass: ${JSON.stringify(status)}`);
      await wait(50);
    }
  };
  return {
    agent,
    session,
    gate,
    folder,
    source,
    replica: join(replica, 'fs0'),
    pass: (number, kind, change = {}) => ({
      number,
      kind,
      filesystems: [{ id: 'fs0', read: { kind: 'bind', mountpoint: source }, excludes: [] }],
      receiver: {
        address: '127.0.0.1',
        port: gate.port,
        user: 'root',
        hostKey: sshd.hostKeys.ed25519,
        module: 'job',
      },
      compression: 'none',
      ...change,
    }),
    until,
    async run(spec) {
      await agent.startPass(spec);
      return until(spec.number);
    },
    processes: () => marked(folder),
    async dispose() {
      gate.open();
      await agent.remove();
      await gate.stop();
      await sshd.stop();
      await session.dispose();
      await rm(base, { recursive: true });
    },
  };
}

async function marked(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // A process may end while it is looked at, and a zombie has no environment.
    const environment = await readFile(`/proc/${entry}/environ`, 'latin1').catch(() => '');
    if (environment.split('\0').some((value) => value.startsWith(`FLEETLIFT_PASS=${folder}/`)))
      found.push(Number(entry));
  }
  return found;
}
