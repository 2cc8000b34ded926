/** What is looked at once everything has ended. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT_DIR } from '../../lab/paths.js';
import { waitFor } from '../../lab/waitFor.js';
import type { MigrationResult, ServerResult } from '../../src/model/job.js';
import { check } from './checks.js';
import { askChoices, askDashboards, renderDashboards } from './dashboardTables.js';
import { SCRAPED_MS } from './prometheus.js';
import { STATIONS } from './stations.js';
import type { Topology } from './Topology.js';

/** Prints it, and checks that no relay was idle. */
export function whoDidWhat({ servers }: MigrationResult): void {
  const relayOf = ({ images }: ServerResult): string => images[0]?.relay ?? '';
  console.log('\nserver   relay    status     sync s   wire MB   boot s');
  for (const server of servers) {
    console.log(
      [
        server.name.padEnd(8),
        relayOf(server).padEnd(8),
        server.status.padEnd(9),
        (server.sync?.seconds ?? 0).toFixed(1).padStart(7),
        ((server.sync?.wireBytes ?? 0) / 1e6).toFixed(1).padStart(9),
        (server.verify?.boot[0]?.seconds ?? 0).toFixed(1).padStart(8),
      ].join(' '),
    );
  }
  const names = [...new Set(servers.map(relayOf))].sort();
  const told = names.map((name) => `${name} ${servers.filter((one) => relayOf(one) === name).length}`);
  check('both relays got work', names.length === 2, told.join(', '));
}

/** What Prometheus has seen, beside what the migration itself tells. */
export async function checkTotals({ prometheus }: Topology, { servers }: MigrationResult): Promise<void> {
  for (const kind of ['wire', 'logical'] as const) {
    const seen = await prometheus.query(
      `sum(max by (server) (max_over_time(fleetlift_sync_bytes_total{kind="${kind}"}[6h])))`,
    );
    const told = servers.reduce((sum, { sync }) => sum + (sync?.[`${kind}Bytes`] ?? 0), 0);
    const ratio = (seen[0]?.value ?? 0) / told;
    check(
      `${kind} bytes of Prometheus within 1 % of the result`,
      Math.abs(ratio - 1) <= 0.01,
      ratio.toFixed(4),
    );
  }
  // Of two that are asked one after the other, a server may have two states for a moment.
  const counted = await prometheus.query(
    'quantile_over_time(0.5, sum(max by (migration, wave, status) (fleetlift_servers))[6h:15s])',
  );
  const shown = counted[0]?.value ?? 0;
  check('every server is counted once, by two orchestrators', shown === servers.length, String(shown));
  const steps = await prometheus.query(
    'sum by (instance) (max_over_time(fleetlift_step_duration_seconds_count[6h]))',
  );
  const told = steps.map(({ metric, value }) => `${metric['instance'] ?? ''} ${value}`).join(', ');
  check('both orchestrators took steps', steps.filter(({ value }) => value > 0).length >= 2, told);
}

/** Every page of metrics is as Prometheus wants it, the Temporal SDK's part included. */
export async function checkPages({ pages }: Topology): Promise<void> {
  const promtool = join(PROJECT_DIR, '.cache', 'bin', 'promtool');
  for (const { name, address } of pages) {
    const page = await (await fetch(`http://${address}:9464/metrics`)).text();
    const { exitCode, all } = await execa(promtool, ['check', 'metrics'], {
      input: page,
      reject: false,
      all: true,
    });
    const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    check(`promtool check metrics of ${name}`, exitCode === 0, all === '' ? `${lines} lines, clean` : all);
  }
}

/** Every query of every dashboard gives something over the time of the migration. */
export async function checkDashboards(
  { prometheus }: Topology,
  servers: number,
  beganMs: number,
  kept: string,
): Promise<void> {
  const counted = async (selector: string): Promise<number | undefined> =>
    (await prometheus.query(`sum(max by (migration, wave, status) (fleetlift_servers${selector}))`))[0]
      ?.value;
  // One of two that were asked one after the other may still tell a server otherwise.
  await waitFor('scrapes after its end', SCRAPED_MS, async () => {
    const [finished, all] = [await counted('{status="Finished"}'), await counted('')];
    return finished === servers && all === servers;
  });
  const answers = await askDashboards(prometheus, beganMs, Date.now());
  for (const { dashboard, panel, series } of answers) {
    check(`${dashboard}: ${panel.title}`, series.length > 0, `${series.length} series`);
  }
  for (const { choice, values } of await askChoices(prometheus, beganMs, Date.now())) {
    check(choice, values.length > 0, values.join(', '));
  }
  writeFileSync(join(kept, 'dashboards.md'), renderDashboards(answers));
}

export async function checkReports(
  topology: Topology,
  { migration, servers }: MigrationResult,
  kept: string,
): Promise<void> {
  const html = join(topology.folder, 'operator', 'report.html');
  const written = await topology.run('report', '--html', html, '--migration', migration);
  check('report', written.exitCode === 0, written.stderr.trim() || `${statSync(html).size} bytes`);
  copyFileSync(html, join(kept, 'report.html'));
  const boots = servers.flatMap(({ verify }) => verify?.boot ?? []).length;
  const pictures = readFileSync(html, 'utf8').match(/src="data:image\/png/g)?.length ?? 0;
  check('screenshots in the report, from both relays', pictures === boots, `${pictures} of ${boots}`);
  for (const station of [STATIONS.relay1, STATIONS.relay2]) {
    const file = join(topology.folder, `${station.name}.tar.zst`);
    const dir = topology.relayDir(station);
    const made = await topology.runOn(
      station,
      ['report', '--bundle', file, '--relay-dir', dir, '--migration', migration],
      0,
    );
    check(`bundle of ${station.name}`, made.exitCode === 0, made.stdout.split('\n')[0] ?? made.stderr);
    const verified = await topology.runOn(station, ['report', 'verify', file], 0);
    check(
      `bundle of ${station.name} verifies`,
      verified.exitCode === 0,
      verified.stdout.split('\n')[0] ?? '',
    );
  }
}

/** Whoever reads the logs of orchestrators and relays finds one event a line, whichever part of the process wrote it. */
export function checkLogs({ pages }: Topology, kept: string): void {
  for (const { name } of pages) {
    const lines = readFileSync(join(kept, `${name}.log`), 'utf8')
      .trim()
      .split('\n');
    const odd = lines.filter((line) => !/^\{"level":\d+,.*\}$/.test(line));
    check(`log of ${name}`, odd.length === 0, odd[0] ?? `${lines.length} events`);
  }
}
