import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MigrationFigures, WaveFigures } from '../model/figures.js';
import { DEFINITIONS } from './definitions.js';
import { beginToCount, countSteps, endRate, showRate } from './events.js';
import { registry } from './registry.js';
import { renderMetrics } from './renderMetrics.js';
import { showMigrations } from './showMigrations.js';
import { showRelays } from './showRelays.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const NO_WORKERS = new Map<string, number>();

const lines = async (name: string): Promise<string[]> =>
  (await registry.getSingleMetricAsString(name)).split('\n').filter((line) => line.startsWith(name));

function wave(name: string, change: Partial<WaveFigures> = {}): WaveFigures {
  return { name, servers: {}, failures: 0, maxFailures: null, nextExpiryMs: null, ...change };
}

function migration(name: string, change: Partial<MigrationFigures> = {}): MigrationFigures {
  return { migration: name, waves: [], relays: [], lags: [], ...change };
}

beforeEach(() => registry.resetMetrics());

describe('metrics of migrations', () => {
  it('tell servers by status, and no longer a status that none has, nor a migration that is over', async () => {
    const dc2 = migration('dc2', { waves: [wave('all', { servers: { Running: 1 } })] });
    const before = migration('dc1', { waves: [wave('web', { servers: { Running: 2, Queued: 1 } })] });
    showMigrations({ open: [before, dc2], ended: [] }, NO_WORKERS, NOW);
    expect(await lines('fleetlift_servers')).toHaveLength(3);
    showMigrations(
      { open: [migration('dc1', { waves: [wave('web', { servers: { Finished: 3 } })] })], ended: [] },
      NO_WORKERS,
      NOW,
    );
    expect(await lines('fleetlift_servers')).toEqual([
      'fleetlift_servers{migration="dc1",wave="web",status="Finished"} 3',
    ]);
  });

  it('tell of a migration that has ended how its servers ended, and nothing that one has to look after', async () => {
    const over = migration('dc1', {
      waves: [wave('web', { servers: { Finished: 3 }, failures: 1, maxFailures: 1, nextExpiryMs: NOW })],
      relays: [{ name: 'local', used: 1, free: 3 }],
      lags: [{ server: 'db1', syncedAtMs: NOW, everyMs: 60_000 }],
    });
    showMigrations({ open: [], ended: [over] }, NO_WORKERS, NOW);
    const told = (await registry.metrics())
      .split('\n')
      .filter((line) => /^fleetlift.*dc1|^fleetlift_relay/.test(line));
    expect(told).toEqual(['fleetlift_servers{migration="dc1",wave="web",status="Finished"} 3']);
  });

  it('tell budgets, expiry, lag, and the places of a relay that several migrations use', async () => {
    const relays = [{ name: 'local', used: 1, free: 3 }];
    const waves = [wave('web', { failures: 2, maxFailures: 3, nextExpiryMs: NOW + 60_000 }), wave('db')];
    const lags = [{ server: 'db1', syncedAtMs: NOW - 90_000, everyMs: 60_000 }];
    showMigrations(
      { open: [migration('dc1', { waves, relays, lags }), migration('dc2', { relays })], ended: [] },
      new Map([['fleetlift', 2]]),
      NOW,
    );
    const page = await registry.metrics();
    expect(page).toContain('fleetlift_wave_failures{migration="dc1",wave="web"} 2');
    expect(await lines('fleetlift_wave_failure_budget')).toEqual([
      'fleetlift_wave_failure_budget{migration="dc1",wave="web"} 3',
    ]);
    expect(await lines('fleetlift_next_expiry_timestamp_seconds')).toEqual([
      `fleetlift_next_expiry_timestamp_seconds{migration="dc1",wave="web"} ${NOW / 1000 + 60}`,
    ]);
    expect(page).toContain('fleetlift_data_lag_seconds{migration="dc1",server="db1"} 90');
    expect(page).toContain('fleetlift_data_lag_target_seconds{migration="dc1",server="db1"} 60');
    expect(page).toContain('fleetlift_relay_slots{relay="local",state="used"} 2');
    expect(page).toContain('fleetlift_relay_slots{relay="local",state="free"} 6');
    expect(page).toContain('fleetlift_queue_workers{queue="fleetlift"} 2');
  });

  it('stay bounded: of ten thousand servers only those with a replica have series of their own', async () => {
    const servers = Array.from({ length: 1_000 }, (_, at) => `server${at}`);
    const waves = [wave('web', { servers: { Waiting: 1_000, Queued: 9_000 } })];
    const lags = servers.map((server) => ({ server, syncedAtMs: NOW, everyMs: 60_000 }));
    showMigrations({ open: [migration('dc1', { waves, lags })], ended: [] }, NO_WORKERS, NOW);
    const jobs = servers.map((server) => ({
      job: { migration: 'dc1', server, number: 1 },
      logicalBytes: 1,
      wireBytes: 1,
    }));
    showRelays([{ relay: 'local', freeBytes: 1, capacityBytes: 1, jobs }]);
    const page = await registry.metrics();
    expect(page.match(/^fleetlift.*server="/gm)).toHaveLength(4_000);
    showMigrations({ open: [], ended: [] }, NO_WORKERS, NOW);
    showRelays([]);
    expect(await registry.metrics()).not.toContain('server="');
  });
});

describe('metrics of relays', () => {
  const job = { migration: 'dc1', server: 'web1', number: 1 };
  const relay = { relay: 'local', freeBytes: 1000, capacityBytes: 4000 };

  it('tell what lies on the disk, once however often it is asked, and end with the job', async () => {
    const figures = [{ ...relay, jobs: [{ job, logicalBytes: 500, wireBytes: 120 }] }];
    showRelays(figures);
    showRelays(figures);
    expect(await lines('fleetlift_sync_bytes_total')).toEqual([
      'fleetlift_sync_bytes_total{migration="dc1",server="web1",kind="logical"} 500',
      'fleetlift_sync_bytes_total{migration="dc1",server="web1",kind="wire"} 120',
    ]);
    expect(await lines('fleetlift_relay_free_bytes')).toEqual([
      'fleetlift_relay_free_bytes{relay="local"} 1000',
    ]);
    showRelays([{ ...relay, jobs: [] }]);
    expect(await lines('fleetlift_sync_bytes_total')).toEqual([]);
  });

  it('tell the rate of a pass for as long as it runs', async () => {
    showRate(job, 5, 3);
    expect(await lines('fleetlift_sync_rate_bytes')).toEqual([
      'fleetlift_sync_rate_bytes{migration="dc1",server="web1",kind="logical"} 5',
      'fleetlift_sync_rate_bytes{migration="dc1",server="web1",kind="wire"} 3',
    ]);
    endRate(job);
    expect(await lines('fleetlift_sync_rate_bytes')).toEqual([]);
  });
});

describe('metrics of steps', () => {
  it('begin at zero, and count what a job tells', async () => {
    beginToCount();
    expect(await lines('fleetlift_retries_total')).toHaveLength(6);
    // Else the first failures of a code, however many, would be no increase.
    expect(await lines('fleetlift_step_failures_total')).toContain(
      'fleetlift_step_failures_total{step="image",code="E-IMAGE-CONVERT"} 0',
    );
    const startedAt = new Date(NOW).toISOString();
    countSteps({
      times: [{ step: 'sync', startedAt, seconds: 40, outcome: 'done' }],
      failures: [{ step: 'sync', code: 'E-LINK-LOST' }],
      retries: ['sync'],
    });
    const page = await registry.metrics();
    expect(page).toContain('fleetlift_step_duration_seconds_bucket{le="60",step="sync",outcome="done"} 1');
    expect(page).toContain('fleetlift_step_failures_total{step="sync",code="E-LINK-LOST"} 1');
    expect(page).toContain('fleetlift_retries_total{step="sync"} 1');
  });
});

describe('docs/metrics.md', () => {
  it('is up to date (else: npm run build && node scripts/docs.mjs)', () => {
    expect(readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).toBe(renderMetrics());
  });

  it('has the names and labels that users rely on', () => {
    const told = Object.values(DEFINITIONS).map(({ name, labels }) => `${name}{${labels.join(',')}}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'fleetlift_servers{migration,wave,status}',
        'fleetlift_sync_bytes_total{migration,server,kind}',
        'fleetlift_sync_rate_bytes{migration,server,kind}',
        'fleetlift_step_duration_seconds{step,outcome}',
        'fleetlift_step_failures_total{step,code}',
        'fleetlift_retries_total{step}',
        'fleetlift_relay_free_bytes{relay}',
        'fleetlift_relay_slots{relay,state}',
        'fleetlift_data_lag_seconds{migration,server}',
      ]),
    );
  });
});
