import type { Dashboard } from './types.js';

const MIGRATION = { name: 'migration', query: 'label_values(fleetlift_servers, migration)' };

/** What an operator of many servers looks at first. */
const FLEET: Dashboard = {
  uid: 'fleetlift-fleet',
  title: 'fleetlift: fleet',
  choices: [MIGRATION],
  panels: [
    {
      title: 'In error',
      description: 'Servers that wait for their operator: fleetlift status tells why and what to do.',
      kind: 'stat',
      unit: 'short',
      width: 6,
      queries: [
        {
          expr: 'sum(max by (migration, wave, status) (fleetlift_servers{migration=~"$migration",status="InError"})) or vector(0)',
          legend: 'in error',
        },
      ],
    },
    {
      title: 'Done',
      description: 'The part of all servers that are finished or skipped.',
      kind: 'stat',
      unit: 'percentunit',
      width: 6,
      queries: [
        {
          expr: '(sum(max by (migration, wave, status) (fleetlift_servers{migration=~"$migration",status=~"Finished|Skipped|Cancelled"})) or vector(0)) / sum(max by (migration, wave, status) (fleetlift_servers{migration=~"$migration"}))',
          legend: 'done',
        },
      ],
    },
    {
      title: 'Over the wire now',
      description: 'Bytes a second that all relays receive.',
      kind: 'stat',
      unit: 'Bps',
      width: 6,
      queries: [
        {
          expr: 'sum(fleetlift_sync_rate_bytes{migration=~"$migration",kind="wire"}) or vector(0)',
          legend: 'wire',
        },
      ],
    },
    {
      title: 'Until all are done',
      description:
        'At the pace of the last hour: servers that are not done, divided by how many became so. Empty while none has.',
      kind: 'stat',
      unit: 's',
      width: 6,
      queries: [
        {
          expr: '3600 * sum(max by (migration, wave, status) (fleetlift_servers{migration=~"$migration",status!~"Finished|Skipped|Cancelled"})) / (delta(sum(max by (migration, wave, status) (fleetlift_servers{migration=~"$migration",status=~"Finished|Skipped|Cancelled"}))[1h:1m]) > 0)',
          legend: 'left',
        },
      ],
    },
    {
      title: 'Servers by status',
      description: 'Each counted once, however many workers there are.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (status) (max by (migration, wave, status) (fleetlift_servers{migration=~"$migration"}))',
          legend: '{{status}}',
        },
      ],
    },
    {
      title: 'Waves',
      description: 'Servers of each wave by status.',
      kind: 'table',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'max by (migration, wave, status) (fleetlift_servers{migration=~"$migration"})',
          legend: '{{wave}} {{status}}',
        },
      ],
    },
    {
      title: 'Rate by migration',
      description: 'Bytes a second: as files, and as they came over the wire.',
      kind: 'timeseries',
      unit: 'Bps',
      width: 12,
      queries: [
        {
          expr: 'sum by (migration, kind) (fleetlift_sync_rate_bytes{migration=~"$migration"})',
          legend: '{{migration}} {{kind}}',
        },
      ],
    },
    {
      title: 'Failures by code',
      description: 'What went wrong in the last hour; docs/errors.md says what each code means.',
      kind: 'bars',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'topk(10, sum by (step, code) (increase(fleetlift_step_failures_total[1h])) > 0)',
          legend: '{{step}} {{code}}',
        },
      ],
    },
    {
      title: 'How long steps take',
      description: 'Nine of ten attempts that were done took at most this long.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: 'histogram_quantile(0.9, sum by (le, step) (rate(fleetlift_step_duration_seconds_bucket{outcome="done"}[1h])))',
          legend: '{{step}}',
        },
      ],
    },
    {
      title: 'Retries',
      description: 'Steps that were repeated in the last hour.',
      kind: 'bars',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'sum by (step) (increase(fleetlift_retries_total[1h]))', legend: '{{step}}' }],
    },
  ],
};

/** One server that is being migrated. */
const SERVER: Dashboard = {
  uid: 'fleetlift-server',
  title: 'fleetlift: server',
  choices: [
    { name: 'migration', query: 'label_values(fleetlift_sync_bytes_total, migration)' },
    { name: 'server', query: 'label_values(fleetlift_sync_bytes_total{migration=~"$migration"}, server)' },
  ],
  panels: [
    {
      title: 'Rate',
      description: 'Bytes a second of the pass that runs: as files, and over the wire.',
      kind: 'timeseries',
      unit: 'Bps',
      width: 12,
      queries: [
        {
          expr: 'sum by (server, kind) (fleetlift_sync_rate_bytes{migration=~"$migration",server=~"$server"})',
          legend: '{{server}} {{kind}}',
        },
      ],
    },
    {
      title: 'Bytes so far',
      description: 'Of all its passes: what its replica holds, and what came over the wire for it.',
      kind: 'timeseries',
      unit: 'bytes',
      width: 12,
      queries: [
        {
          expr: 'sum by (server, kind) (fleetlift_sync_bytes_total{migration=~"$migration",server=~"$server"})',
          legend: '{{server}} {{kind}}',
        },
      ],
    },
    {
      title: 'Data lag',
      description:
        'Age of what the relay has of an incremental server, and how often that is to be taken back.',
      kind: 'timeseries',
      unit: 's',
      width: 24,
      queries: [
        {
          expr: 'max by (server) (fleetlift_data_lag_seconds{migration=~"$migration",server=~"$server"})',
          legend: '{{server}}',
        },
        {
          expr: 'max by (server) (fleetlift_data_lag_target_seconds{migration=~"$migration",server=~"$server"})',
          legend: '{{server}} target',
        },
      ],
    },
  ],
};

const RELAYS: Dashboard = {
  uid: 'fleetlift-relays',
  title: 'fleetlift: relays',
  choices: [{ name: 'relay', query: 'label_values(fleetlift_relay_free_bytes, relay)' }],
  panels: [
    {
      title: 'Room',
      description: 'The part of each relay that no job has written or reserved; at 0.1 an alert comes.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: 'min by (relay) (fleetlift_relay_free_bytes{relay=~"$relay"} / fleetlift_relay_capacity_bytes{relay=~"$relay"})',
          legend: '{{relay}}',
        },
      ],
    },
    {
      title: 'Free bytes',
      description: 'Of several folders of a relay the fullest counts.',
      kind: 'timeseries',
      unit: 'bytes',
      width: 12,
      queries: [
        { expr: 'min by (relay) (fleetlift_relay_free_bytes{relay=~"$relay"})', legend: '{{relay}}' },
      ],
    },
    {
      title: 'Places',
      description: 'For servers of the open migrations: used and free.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'max by (relay, state) (fleetlift_relay_slots{relay=~"$relay"})',
          legend: '{{relay}} {{state}}',
        },
      ],
    },
    {
      title: 'Workers at each queue',
      description: 'Processes that asked for work in the last five minutes; none is an alert.',
      kind: 'table',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'max by (queue) (fleetlift_queue_workers)', legend: '{{queue}}' }],
    },
  ],
};

/** The Temporal SDK in each of our processes. */
const WORKERS: Dashboard = {
  uid: 'fleetlift-workers',
  title: 'fleetlift: workers',
  choices: [],
  panels: [
    {
      title: 'Places for work',
      description: 'At 0 a worker has as much as it takes; more workers, or more slots, help.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (instance, task_queue, worker_type) (temporal_worker_task_slots_available)',
          legend: '{{instance}} {{task_queue}} {{worker_type}}',
        },
      ],
    },
    {
      title: 'Wait for an activity',
      description: 'From its scheduling to its start; nine of ten.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: 'histogram_quantile(0.9, sum by (le, task_queue) (rate(temporal_activity_schedule_to_start_latency_seconds_bucket[5m])))',
          legend: '{{task_queue}}',
        },
      ],
    },
    {
      title: 'Wait for a step of a workflow',
      description:
        'From its scheduling to its start; nine of ten. Over a second: too few workers, or a slow Temporal.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: 'histogram_quantile(0.9, sum by (le, task_queue) (rate(temporal_workflow_task_schedule_to_start_latency_seconds_bucket[5m])))',
          legend: '{{task_queue}}',
        },
      ],
    },
    {
      title: 'Requests to Temporal',
      description: 'A second, by process.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'sum by (instance) (rate(temporal_request_total[5m]))', legend: '{{instance}}' }],
    },
    {
      title: 'Workflows in memory',
      description: 'What is not kept is replayed when it goes on.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'sum by (instance) (temporal_sticky_cache_size)', legend: '{{instance}}' }],
    },
    {
      title: 'Pages that lack something',
      description: 'Here other panels may be wrong; the log of the worker says why.',
      kind: 'table',
      unit: 'short',
      width: 12,
      queries: [
        { expr: 'max by (instance, part) (fleetlift_scrape_incomplete)', legend: '{{instance}} {{part}}' },
      ],
    },
  ],
};

/** The dashboards that deploy/grafana provisions. */
export const DASHBOARDS: readonly Dashboard[] = [FLEET, SERVER, RELAYS, WORKERS];
