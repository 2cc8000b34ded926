import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { StateLayout } from '../state/layout.js';
import { toolEnvironment } from '../toolEnvironment.js';
import { choosePort } from '../ports.js';
import { endProcess, processRef, type ProcessRef } from './processes.js';
import { readTemporalRecord, writeTemporalRecord } from './records.js';

/** Keyword attributes that jobs are found by; CONTRACT of the workflows. */
const SEARCH_ATTRIBUTES = [
  'FleetliftMigration',
  'FleetliftWave',
  'FleetliftServer',
  'FleetliftStatus',
  'FleetliftPhase',
  'FleetliftStep',
];
/** What the Temporal CLI uses by itself: so an operator's `temporal` commands work without an address. */
const USUAL_PORT = 7233;
const USUAL_UI_PORT = 8233;
const STOP_GRACE_MS = 10_000;
/** A server that dies this often, each time within {@link SHORT_LIFE_MS}, will not come up. */
const MAXIMUM_SHORT_LIVES = 5;
const SHORT_LIFE_MS = 10_000;

export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  /** Rejects with E-SERVICE when the server dies again and again; else pending until {@link stop}. */
  readonly failed: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Keeps a Temporal dev server running on the state folder's database: when it dies it is started again on the same
 * ports. What a killed service left running is ended first, since two on one database would harm each other.
 */
export async function startTemporalServer(
  layout: StateLayout,
  cli: string,
  log: Logger,
): Promise<TemporalServer> {
  const earlier = readTemporalRecord(layout);
  if (earlier !== null) await endProcess(earlier, STOP_GRACE_MS);
  const port = await choosePort(earlier?.port ?? USUAL_PORT);
  const uiPort = await choosePort(earlier?.uiPort ?? USUAL_UI_PORT);

  const stopping = new AbortController();
  let current: ProcessRef | null = null;

  const runOnce = async (): Promise<number> => {
    const output = openSync(layout.temporalLog, 'a', 0o600);
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', cli, ...serverArguments(layout, port, uiPort)], {
      stdio: ['ignore', output, output],
      // Also without TEMPORAL_* of the operator's shell, which speak of another Temporal.
      env: toolEnvironment(),
    });
    closeSync(output);
    const started = Date.now();
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    current = child.pid === undefined ? null : processRef(child.pid);
    if (current !== null) writeTemporalRecord(layout, { ...current, port, uiPort });
    const [code, signal] = await ended;
    if (!stopping.signal.aborted) log.warn({ code, signal }, 'Temporal ended; starting it again');
    return Date.now() - started;
  };

  const keep = async (): Promise<void> => {
    let shortLives = 0;
    while (!stopping.signal.aborted) {
      const livedMs = await runOnce();
      shortLives = livedMs < SHORT_LIFE_MS ? shortLives + 1 : 0;
      if (shortLives >= MAXIMUM_SHORT_LIVES) {
        throw new FleetliftError('E-SERVICE', {
          message: `Temporal ended ${shortLives} times right after its start`,
          remedy: `see ${layout.temporalLog}`,
        });
      }
      // A little longer each time: a port that is freed late, a disk that is full.
      await delay(shortLives * 500, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const kept = keep();
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    failed: kept,
    stop: async () => {
      stopping.abort();
      if (current !== null) await endProcess(current, STOP_GRACE_MS);
      await kept.catch((error: unknown) => log.warn({ err: error }, 'Temporal had failed before its stop'));
    },
  };
}

function serverArguments(layout: StateLayout, port: number, uiPort: number): string[] {
  return [
    'server',
    'start-dev',
    ...['--db-filename', layout.temporalDb],
    ...['--ip', '127.0.0.1'],
    ...['--port', String(port)],
    ...['--ui-port', String(uiPort)],
    ...['--log-level', 'warn'],
    ...['--log-format', 'json'],
    '--ui-disable-news-fetch',
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}
