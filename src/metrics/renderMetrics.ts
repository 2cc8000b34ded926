import { DEFINITIONS, type MetricDefinition, type Teller } from './definitions.js';

const TELLERS: Readonly<Record<Teller, string>> = {
  orchestrator: 'every orchestrator',
  relay: 'its relay',
  worker: 'every worker',
};

/** docs/metrics.md: every metric with example queries, out of the one table. */
export function renderMetrics(): string {
  const all: readonly MetricDefinition[] = Object.values(DEFINITIONS);
  return [
    '# Metrics',
    '',
    'Written by `node scripts/docs.mjs` out of `src/metrics/definitions.ts`: change it there.',
    '',
    ...INTRODUCTION,
    '',
    '## What is told',
    '',
    ...table(
      ['metric', 'type', 'meaning', 'told by', 'a series ends'],
      all.map(({ name, labels, type, help, toldBy, ends }) => [
        `\`${name}{${labels.join(',')}}\``,
        type,
        help,
        TELLERS[toldBy],
        ends,
      ]),
    ),
    '',
    ...SEVERAL_WORKERS,
    '',
    '## Example queries',
    '',
    ...all.flatMap(({ example }) => [`${example.asks}:`, '', '```promql', example.query, '```', '']),
    ...RULES,
    '',
  ].join('\n');
}

const INTRODUCTION = [
  'Every worker serves `/metrics` in the text format of Prometheus: the embedded service on a port that `fleetlift up`',
  'tells, `fleetlift worker` and `fleetlift relay` on `--metrics-port` and `--metrics-host`. Without them it is any free',
  'port of 127.0.0.1, which the log tells. The page names servers and asks for no password: on another address than',
  "127.0.0.1, let a firewall decide who reads it. The Temporal SDK's own metrics (`temporal_…`) stand on the same page.",
  '',
  '```yaml',
  'scrape_configs:',
  '  - job_name: fleetlift',
  '    static_configs:',
  '      - targets: [orchestrator1:9464, orchestrator2:9464, relay-dc1:9464]',
  '```',
  '',
  'What is told of migrations and servers is asked of the open migrations at each scrape, and bytes are read from the',
  "relay's disks: a worker that was restarted tells the same as before. Only what `every worker` tells begins at zero with",
  'its process, as counters do; `rate` and `increase` take care of that.',
];

const SEVERAL_WORKERS = [
  'Several workers are put together by who tells a metric. **Every orchestrator** tells the same, so take `max`, never',
  '`sum`, over them: then no server counts twice, and one that dies leaves no gap. **Its relay**: one worker a relay, so',
  '`sum` counts each server once. **Every worker** counts what it did itself: take `sum`.',
  '',
  'A fleet of 10,000 servers has at most four series for each server that has a replica (two of bytes, two of lag), two',
  'more for each that sends at this moment, and nothing for those that wait for their turn or are done: they are in the',
  'counts by wave and status. Codes, steps, statuses, relays and queues are few.',
];

const RULES = [
  '## Rules and alerts',
  '',
  '`deploy/prometheus/` has recording rules, alerts on them, and their tests (`promtool test rules rules_test.yml`): a sync',
  'that stalls, lag over its target, a failure budget that is nearly used up, a relay that is nearly full, a job near its',
  'expiry, a queue that nobody serves, no orchestrator, and a page that lacks something.',
  '',
  '```yaml',
  'rule_files: [fleetlift.recording.yml, fleetlift.alerts.yml]',
  '```',
  '',
  'Grafana’s dashboards lie in `deploy/grafana`; [what they drew of ten servers](dashboards.md).',
];

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
