/** Everything of ours that `/metrics` tells: code, docs/metrics.md and tests walk this table. */

/** Who tells a metric, and with it how several workers are put together. */
export type Teller = 'orchestrator' | 'relay' | 'worker';

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly toldBy: Teller;
  /** When a series of it ends. */
  readonly ends: string;
  readonly example: { readonly asks: string; readonly query: string };
}

const WITH_MIGRATION = 'with its migration';
const NEVER = 'with the worker';

export const DEFINITIONS = {
  servers: {
    name: 'fleetlift_servers',
    type: 'gauge',
    help: 'Servers by migration, wave and status, of migrations that are open or ended within the last hour.',
    labels: ['migration', 'wave', 'status'],
    toldBy: 'orchestrator',
    ends: 'when no server has that status, and an hour after its migration',
    example: {
      asks: 'Servers by status, each counted once however many workers there are',
      query: 'sum by (migration, status) (max by (migration, wave, status) (fleetlift_servers))',
    },
  },
  waveFailures: {
    name: 'fleetlift_wave_failures',
    type: 'gauge',
    help: 'Servers of a wave that count against its maxFailures: in error or expired.',
    labels: ['migration', 'wave'],
    toldBy: 'orchestrator',
    ends: WITH_MIGRATION,
    example: {
      asks: 'Waves with failures',
      query: 'max by (migration, wave) (fleetlift_wave_failures) > 0',
    },
  },
  waveFailureBudget: {
    name: 'fleetlift_wave_failure_budget',
    type: 'gauge',
    help: 'maxFailures of a wave, as a count: with more failures nothing new of it starts.',
    labels: ['migration', 'wave'],
    toldBy: 'orchestrator',
    ends: 'with its migration; absent for a wave without maxFailures',
    example: {
      asks: 'Failures that a wave may still have',
      query:
        'max by (migration, wave) (fleetlift_wave_failure_budget) - max by (migration, wave) (fleetlift_wave_failures)',
    },
  },
  nextExpiry: {
    name: 'fleetlift_next_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the first job of a wave that stands still expires by its validDays, as a Unix time.',
    labels: ['migration', 'wave'],
    toldBy: 'orchestrator',
    ends: 'when no job of the wave stands still, and with its migration',
    example: {
      asks: 'Days until the first job of a wave expires',
      query: '(max by (migration, wave) (fleetlift_next_expiry_timestamp_seconds) - time()) / 86400',
    },
  },
  dataLag: {
    name: 'fleetlift_data_lag_seconds',
    type: 'gauge',
    help: 'Age of the state of an incremental source that its relay has: what a cutover now would lack.',
    labels: ['migration', 'server'],
    toldBy: 'orchestrator',
    ends: 'with its server, or once a cutover has sent its last delta; begins with its first sync',
    example: {
      asks: 'The ten servers that lag most',
      query: 'topk(10, max by (migration, server) (fleetlift_data_lag_seconds))',
    },
  },
  dataLagTarget: {
    name: 'fleetlift_data_lag_target_seconds',
    type: 'gauge',
    help: 'sync.every of an incremental server: how often its lag is to be taken back.',
    labels: ['migration', 'server'],
    toldBy: 'orchestrator',
    ends: 'with fleetlift_data_lag_seconds',
    example: {
      asks: 'Servers whose last delta is overdue',
      query:
        'max by (migration, server) (fleetlift_data_lag_seconds) > 2 * max by (migration, server) (fleetlift_data_lag_target_seconds)',
    },
  },
  relaySlots: {
    name: 'fleetlift_relay_slots',
    type: 'gauge',
    help: 'Places of a relay for servers of the open migrations: used, and free.',
    labels: ['relay', 'state'],
    toldBy: 'orchestrator',
    ends: 'when no open migration names the relay',
    example: {
      asks: 'How full the relays are, between 0 and 1',
      query:
        'max by (relay) (fleetlift_relay_slots{state="used"}) / sum by (relay) (max by (relay, state) (fleetlift_relay_slots))',
    },
  },
  queueWorkers: {
    name: 'fleetlift_queue_workers',
    type: 'gauge',
    help: 'Processes that asked Temporal for work on a task queue in the last five minutes.',
    labels: ['queue'],
    toldBy: 'orchestrator',
    ends: 'when no open migration needs the queue; that of the orchestrators with the worker',
    example: {
      asks: 'Relays that a migration needs and nobody serves',
      query: 'max by (queue) (fleetlift_queue_workers) == 0',
    },
  },
  syncBytes: {
    name: 'fleetlift_sync_bytes_total',
    type: 'counter',
    help: 'Bytes of the jobs that have a replica: logical (allocated by it) and wire (counted by its receiver).',
    labels: ['migration', 'server', 'kind'],
    toldBy: 'relay',
    ends: 'when the job releases its replica: at its end',
    example: {
      asks: 'Bytes a second over the wire, by migration',
      query: 'sum by (migration) (rate(fleetlift_sync_bytes_total{kind="wire"}[5m]))',
    },
  },
  syncRate: {
    name: 'fleetlift_sync_rate_bytes',
    type: 'gauge',
    help: 'Bytes a second of a pass that is received now, over its last 10 s.',
    labels: ['migration', 'server', 'kind'],
    toldBy: 'relay',
    ends: 'with its pass',
    example: {
      asks: 'Megabits a second that each server sends now',
      query: 'sum by (migration, server) (fleetlift_sync_rate_bytes{kind="wire"}) * 8 / 1e6',
    },
  },
  relayFree: {
    name: 'fleetlift_relay_free_bytes',
    type: 'gauge',
    help: 'Bytes on a relay that no job has written or reserved; of several folders, the fullest counts.',
    labels: ['relay'],
    toldBy: 'relay',
    ends: NEVER,
    example: {
      asks: 'Free GiB of each relay',
      query: 'min by (relay) (fleetlift_relay_free_bytes) / 2^30',
    },
  },
  relayCapacity: {
    name: 'fleetlift_relay_capacity_bytes',
    type: 'gauge',
    help: 'Bytes that a relay could give to jobs were it empty; of that same folder.',
    labels: ['relay'],
    toldBy: 'relay',
    ends: NEVER,
    example: {
      asks: 'The part of each relay that is free',
      query: 'min by (relay) (fleetlift_relay_free_bytes / fleetlift_relay_capacity_bytes)',
    },
  },
  stepDuration: {
    name: 'fleetlift_step_duration_seconds',
    type: 'histogram',
    help: 'How long attempts of steps took, by how they ended: done or failed.',
    labels: ['step', 'outcome'],
    toldBy: 'worker',
    ends: NEVER,
    example: {
      asks: 'How long nine of ten syncs take',
      query:
        'histogram_quantile(0.9, sum by (le) (rate(fleetlift_step_duration_seconds_bucket{step="sync",outcome="done"}[1h])))',
    },
  },
  stepFailures: {
    name: 'fleetlift_step_failures_total',
    type: 'counter',
    help: 'Failed attempts of steps by code of the catalogue (docs/errors.md).',
    labels: ['step', 'code'],
    toldBy: 'worker',
    ends: NEVER,
    example: {
      asks: 'What fails most today',
      query: 'topk(5, sum by (step, code) (increase(fleetlift_step_failures_total[1d])) > 0)',
    },
  },
  retries: {
    name: 'fleetlift_retries_total',
    type: 'counter',
    help: 'Steps that were repeated after a failure, by themselves or on the word of the operator.',
    labels: ['step'],
    toldBy: 'worker',
    ends: NEVER,
    example: {
      asks: 'Retries in the last hour by step',
      query: 'sum by (step) (increase(fleetlift_retries_total[1h]))',
    },
  },
  scrapeIncomplete: {
    name: 'fleetlift_scrape_incomplete',
    type: 'gauge',
    help: '1 where a part of this page could not be asked for completely, and its series may be missing.',
    labels: ['part'],
    toldBy: 'worker',
    ends: NEVER,
    example: {
      asks: 'Workers whose page lacks something',
      query: 'fleetlift_scrape_incomplete == 1',
    },
  },
} as const satisfies Record<string, MetricDefinition>;
