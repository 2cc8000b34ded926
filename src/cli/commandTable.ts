import type { CommandSpec } from './spec.js';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

/** Every command, in the order of the help: first the way of a migration, then its operation, then production. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write an inventory to start from',
    load: async () => (await import('./commands/init.js')).init,
  },
  {
    name: 'validate',
    summary: 'check an inventory',
    load: async () => (await import('./commands/validate.js')).validate,
  },
  {
    name: 'doctor',
    summary: 'check this machine, Temporal and relays',
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  {
    name: 'drill',
    summary: 'preflight every server and change nothing',
    load: async () => (await import('./commands/drill.js')).drill,
  },
  {
    name: 'migrate',
    summary: 'migrate the servers of an inventory, or go on with it',
    load: async () => (await import('./commands/migrate.js')).migrate,
  },
  {
    name: 'status',
    summary: 'show how migrations stand',
    load: async () => (await import('./commands/status.js')).status,
  },
  {
    name: 'logs',
    summary: 'show the logs of a server',
    load: async () => (await import('./commands/logs.js')).logs,
  },
  {
    name: 'report',
    summary: 'report what was done, also as signed evidence',
    load: async () => (await import('./commands/report.js')).report,
  },
  {
    name: 'pause',
    summary: 'stop servers where they are',
    load: async () => (await import('./commands/pause.js')).pause,
  },
  {
    name: 'resume',
    summary: 'let stopped servers go on',
    load: async () => (await import('./commands/resume.js')).resume,
  },
  {
    name: 'retry',
    summary: 'repeat the step that failed',
    load: async () => (await import('./commands/retry.js')).retry,
  },
  {
    name: 'skip',
    summary: 'leave servers out of the migration',
    load: async () => (await import('./commands/skip.js')).skip,
  },
  {
    name: 'cancel',
    summary: 'give servers up',
    load: async () => (await import('./commands/cancel.js')).cancel,
  },
  {
    name: 'delete',
    summary: 'remove what is kept of servers',
    load: async () => (await import('./commands/delete.js')).deleteServers,
  },
  {
    name: 'sync-now',
    summary: 'send a delta now',
    load: async () => (await import('./commands/sync-now.js')).syncNow,
  },
  {
    name: 'cutover',
    summary: 'stop services, send the last delta, make the image',
    load: async () => (await import('./commands/cutover.js')).cutover,
  },
  {
    name: 'approve',
    summary: 'let a gated wave start',
    load: async () => (await import('./commands/approve.js')).approve,
  },
  {
    name: 'schedule',
    summary: 'start a wave at a time',
    load: async () => (await import('./commands/schedule.js')).schedule,
  },
  {
    name: 'sources',
    summary: 'list the known sources, show or delete one',
    load: async () => (await import('./commands/sources.js')).sources,
  },
  {
    name: 'jobs',
    summary: 'list jobs, show or delete one',
    load: async () => (await import('./commands/jobs.js')).jobs,
  },
  {
    name: 'up',
    summary: 'start the embedded service',
    load: async () => (await import('./commands/up.js')).up,
  },
  {
    name: 'down',
    summary: 'stop the embedded service',
    load: async () => (await import('./commands/down.js')).down,
  },
  {
    name: 'worker',
    summary: 'run an orchestrator worker (production)',
    load: async () => (await import('./commands/worker.js')).worker,
  },
  {
    name: 'relay',
    summary: 'run a relay (production)',
    load: async () => (await import('./commands/relay.js')).relay,
  },
  {
    name: 'codec',
    summary: 'let Temporal’s UI read what is encrypted (production)',
    load: async () => (await import('./commands/codec.js')).codec,
  },
];
