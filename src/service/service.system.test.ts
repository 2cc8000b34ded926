/** The built service with real Temporal and real workers; needs `node scripts/build.mjs` and the Temporal CLI. */
import { execa } from 'execa';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '@temporalio/client';
import { stateLayout } from '../state/layout.js';
import { isAlive, sendSignal, waitUntil } from './processes.js';
import { projectDir } from './projectDir.js';
import { readEndpoint, readTemporalRecord, type ServiceEndpoint, type TemporalRecord } from './records.js';

const dir = mkdtempSync(join(tmpdir(), 'fleetlift-up-'));
const layout = stateLayout(join(dir, 'state'));
const bin = join(projectDir(), 'bin', 'fleetlift');

const fleetlift = (...args: string[]) =>
  execa(bin, [...args, '--state-dir', layout.dir], { reject: false, env: { TEMPORAL_ADDRESS: '' } });

/** Processes whose command line names this state folder. */
function processesOfState(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(layout.dir) ? [command] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
function endpoint(): ServiceEndpoint {
  const found = readEndpoint(layout);
  if (found === null) throw new Error('the service does not run');
  return found;
}
function temporal(): TemporalRecord {
  const found = readTemporalRecord(layout);
  if (found === null) throw new Error('there is no Temporal');
  return found;
}
async function serves(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 500 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

describe('the embedded service', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    const started = await Promise.all([fleetlift('up', '--json'), fleetlift('up', '--json')]);
    expect(started.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toMatchObject([
      { exitCode: 0 },
      { exitCode: 0 },
    ]);
    const [first, second] = started.map(({ stdout }) => (JSON.parse(stdout) as ServiceEndpoint).pid);
    expect(first).toBe(second);
  }, 90_000);
  afterAll(async () => {
    await fleetlift('down');
    rmSync(dir, { recursive: true, force: true });
  }, 90_000);

  it('runs once, whoever asks for it', async () => {
    const { pid } = endpoint();
    expect((await fleetlift('up')).stdout).toContain(`process ${pid}`);
    // A second service given by hand finds the lock taken.
    const second = await execa(
      process.execPath,
      [join(projectDir(), 'dist/src/service/main.js'), '--state-dir', layout.dir],
      { reject: false },
    );
    expect(second.exitCode).toBe(75);
    expect(processesOfState()).toHaveLength(2);
  });

  it('brings a killed Temporal back on the same address', async () => {
    const before = temporal();
    sendSignal(before, 'SIGKILL');
    expect(await waitUntil(() => temporal().pid !== before.pid, 20_000)).toBe(true);
    expect(temporal()).toMatchObject({ port: before.port, uiPort: before.uiPort });
    expect(await waitUntil(() => serves(endpoint().address), 20_000)).toBe(true);
  });

  it('leaves no Temporal behind when it is killed, and comes back on the same address', async () => {
    const service = endpoint();
    const before = temporal();
    sendSignal(service, 'SIGKILL');
    expect(await waitUntil(() => !isAlive(service) && !isAlive(before), 20_000)).toBe(true);
    expect((await fleetlift('up')).exitCode).toBe(0);
    expect(endpoint()).toMatchObject({ address: service.address, uiUrl: service.uiUrl });
    expect(endpoint().pid).not.toBe(service.pid);
    expect(processesOfState()).toHaveLength(2);
  });

  it('is found whole by the doctor', async () => {
    const { stdout } = await fleetlift('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };
    expect(checks).toContainEqual(expect.objectContaining({ name: 'orchestrator', state: 'ok' }));
    expect(checks).toContainEqual(expect.objectContaining({ name: 'relay local', state: 'ok' }));
  });

  it('stops within its grace and leaves no process', async () => {
    const { exitCode, stdout } = await fleetlift('down', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ running: false, outcome: 'stopped' });
    expect(processesOfState()).toEqual([]);
    expect((await fleetlift('down', '--json')).stdout).toContain('not-running');
  });
});

describe('bin/fleetlift --help', () => {
  it('takes less than half a second', async () => {
    const { durationMs, exitCode } = await fleetlift('--help');
    expect(exitCode).toBe(0);
    expect(durationMs).toBeLessThan(500);
  });
});
