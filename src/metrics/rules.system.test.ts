import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { DEFINITIONS } from './definitions.js';
import { countSteps, showRate } from './events.js';
import { registry } from './registry.js';
import { showMigrations } from './showMigrations.js';
import { showRelays } from './showRelays.js';

const ours = new URL('../../.cache/bin/promtool', import.meta.url).pathname;
const promtool = existsSync(ours) ? ours : 'promtool';
const cwd = new URL('../../deploy/prometheus', import.meta.url).pathname;
const RULES = ['fleetlift.recording.yml', 'fleetlift.alerts.yml'];

it('the page is as Prometheus wants it', async () => {
  const job = { migration: 'm', server: 's', number: 1 };
  const waves = [{ name: 'w', servers: { Running: 1 }, failures: 1, maxFailures: 2, nextExpiryMs: 1 }];
  const relays = [{ name: 'local', used: 1, free: 1 }];
  const lags = [{ server: 's', syncedAtMs: 1, everyMs: 1 }];
  const open = [{ migration: 'm', waves, relays, lags }];
  showMigrations({ open, ended: [] }, new Map([['fleetlift', 1]]), 2);
  showRelays([
    { relay: 'local', freeBytes: 1, capacityBytes: 1, jobs: [{ job, logicalBytes: 1, wireBytes: 1 }] },
  ]);
  showRate(job, 1, 1);
  countSteps({
    times: [{ step: 'sync', startedAt: '', seconds: 1, outcome: 'done' }],
    failures: [{ step: 'sync', code: 'E-LINK-LOST' }],
    retries: ['sync'],
  });
  await execa(promtool, ['check', 'metrics'], { input: await registry.metrics() });
});

it('rules and alerts are right, and do what their tests say', async () => {
  await execa(promtool, ['check', 'rules', ...RULES], { cwd });
  await execa(promtool, ['test', 'rules', 'rules_test.yml'], { cwd });
});

it('rules ask for no metric that is not told', () => {
  const rules = RULES.map((file) => readFileSync(`${cwd}/${file}`, 'utf8')).join('\n');
  const names = Object.values(DEFINITIONS).map(({ name }): string => name);
  const asked = [...rules.matchAll(/(?<![:\w])fleetlift_\w+/g)].map(([name]) => name);
  expect(asked.filter((name) => !names.includes(name))).toEqual([]);
  expect(asked.length).toBeGreaterThan(10);
});

it('example queries are right', async () => {
  const rules = Object.values(DEFINITIONS).map(({ example }, at) => ({
    record: `example:query:${at}`,
    expr: example.query,
  }));
  const folder = mkdtempSync(join(tmpdir(), 'fleetlift-rules-'));
  try {
    // JSON is YAML.
    writeFileSync(join(folder, 'examples.yml'), JSON.stringify({ groups: [{ name: 'examples', rules }] }));
    await execa(promtool, ['check', 'rules', 'examples.yml'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
