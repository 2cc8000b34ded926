import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { makeStateDir, type StateLayout } from '../state/layout.js';
import { EXIT_LOCKED } from './constants.js';
import { lastLogLines } from './logTail.js';
import { waitUntil } from './processes.js';
import { projectDir } from './projectDir.js';
import { readEndpoint, type ServiceEndpoint } from './records.js';

const READY_MS = 120_000;
const LOCKED_RETRY_MS = 2_000;
/** The log starts anew at this size; the one before is kept. */
const LOG_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * The embedded service of a state folder, started in the background where it does not run.
 *
 * @param onStart called once when it has to be started, since that takes some seconds.
 * @throws E-SERVICE with the last lines of its log, E-STATE-DIR.
 */
export async function ensureService(layout: StateLayout, onStart?: () => void): Promise<ServiceEndpoint> {
  makeStateDir(layout);
  const running = readEndpoint(layout);
  if (running !== null && (await answers(running.address))) return running;

  if (running === null) onStart?.();
  const waiting = { endpoint: running, failed: false };
  const starter = new Starter(layout);
  const ready = await waitUntil(async () => {
    waiting.endpoint = readEndpoint(layout);
    if (waiting.endpoint === null) waiting.failed = starter.failed();
    return waiting.failed || (waiting.endpoint !== null && (await answers(waiting.endpoint.address)));
  }, READY_MS);
  if (ready && waiting.endpoint !== null) return waiting.endpoint;
  throw new FleetliftError('E-SERVICE', {
    message: [
      waiting.failed
        ? 'the embedded service did not start'
        : `the embedded service was not ready within ${READY_MS / 1000} s`,
      ...lastLogLines(layout.serviceLog, 12).map((line) => `  ${line}`),
    ].join('\n'),
    remedy: `see ${layout.serviceLog} and fleetlift doctor, then: fleetlift up`,
  });
}

/** Starts the service, and again where another one that was quicker, or that is still stopping, had the lock. */
class Starter {
  private exitCode: number | null = null;
  private nextStartAt = 0;

  constructor(private readonly layout: StateLayout) {}

  /** Looks after the start; true: the service ended by an error of its own. */
  failed(): boolean {
    if (this.exitCode !== null && this.exitCode !== EXIT_LOCKED) return true;
    const idle = this.nextStartAt === 0 || this.exitCode === EXIT_LOCKED;
    if (idle && Date.now() >= this.nextStartAt) this.start();
    return false;
  }

  private start(): void {
    this.exitCode = null;
    this.nextStartAt = Date.now() + LOCKED_RETRY_MS;
    const child = startService(this.layout);
    child.once('exit', (code) => (this.exitCode = code ?? 1));
    child.once('error', () => (this.exitCode = 1));
  }
}

function startService(layout: StateLayout): ChildProcess {
  if (existsSync(layout.serviceLog) && statSync(layout.serviceLog).size > LOG_LIMIT_BYTES) {
    renameSync(layout.serviceLog, `${layout.serviceLog}.1`);
  }
  const output = openSync(layout.serviceLog, 'a', 0o600);
  const main = join(projectDir(), 'dist', 'src', 'service', 'main.js');
  const child = spawn(process.execPath, [main, '--state-dir', layout.dir], {
    detached: true,
    // Not the operator's folder: it must be possible to unmount or remove that one.
    cwd: layout.dir,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  return child;
}

/** Whether something listens there: the service lives but its Temporal may just be starting again. */
function answers(address: string): Promise<boolean> {
  const [host = '127.0.0.1', port = '0'] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
