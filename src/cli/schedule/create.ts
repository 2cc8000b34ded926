import { plural } from '../../console/units.js';
import type { Fleet, Wave } from '../../model/fleet.js';
import { LATEST_START_MINUTES } from '../../model/schedule.js';
import { isOpen } from '../../model/window.js';
import type { CreateOutcome } from '../../temporal/schedules.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { wantedServers } from '../selection.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';

interface CreateOptions {
  wave: string;
  at: string;
  timezone?: string;
  name?: string;
}

export const create: CommandSpec<CreateOptions> = {
  name: 'create',
  summary: 'start a wave at a time',
  description:
    'The inventory is checked and taken as it is now: where it is edited later, delete the schedule and create it ' +
    'again. An inventory that `migrate` applies to the open migration meanwhile is the newer word, and stays. ' +
    'The schedule is your approval of the wave (`approval: true`); its window, its turn and all limits still count.',
  arguments: [{ syntax: '<inventory>', description: 'inventory file (YAML)' }],
  options: [
    { flags: '--wave <name>', description: 'the wave to start', mandatory: true },
    { flags: '--at <time>', description: 'when: 02:00 (the next), 2026-12-01T02:00', mandatory: true },
    { flags: '--timezone <zone>', description: 'the time is of this zone; default: of this machine’s' },
    { flags: '--name <name>', description: 'name of the schedule; default: MIGRATION/WAVE' },
  ],
  examples: [
    { command: 'schedule create fleet.yaml --wave canary --at 22:00', does: 'tonight' },
    {
      command: 'schedule create fleet.yaml --wave rest --at 2026-12-01T02:00 --timezone Asia/Shanghai',
      does: 'by the clock of another place',
    },
  ],
  async run(context, [inventory = ''], options): Promise<ExitCode> {
    const { loadFleet } = await import('../../inventory/load.js');
    const readAt = new Date().toISOString();
    const fleet = await loadFleet(inventory, process.env);
    const servers = wantedServers({ fleet, waves: [options.wave], only: null });
    const name = await chooseName(options.name, fleet, options.wave);
    const { nowIn, parseTime } = await import('../parseTime.js');
    const at = parseTime(options.at, nowIn(options.timezone));

    const { client, uiUrl } = await context.session.connect();
    if (Date.parse(at) <= Date.now()) throw usageError(`${at} has just passed`, 'name a time to come');
    const { createSchedule } = await import('../../temporal/schedules.js');
    const wave = { fleet, wave: options.wave, readAt };
    const created = await createSchedule(client, { name, at, wave });
    const { showTime } = await import('./showTime.js');
    if (created.outcome === 'taken') {
      const { known } = created;
      throw usageError(
        `there is a schedule ${name} already: wave ${known.wave} of ${known.migration} at ${showTime(known.at)}` +
          (known.at === at ? ', of an inventory that has changed since' : ''),
        `fleetlift schedule delete ${name}, then create it again, or give it a --name of its own`,
      );
    }
    context.output.print(
      `${FIRST_WORDS[created.outcome](name)}: wave ${options.wave} of ${fleet.name} (${plural(servers.length, 'server')}) starts at ${showTime(at, options.timezone)}.`,
      ...remarks(
        name,
        created,
        fleet.waves.find((one) => one.name === options.wave),
        at,
      ),
      `  take it back: fleetlift schedule delete ${name}`,
      uiUrl === null
        ? `  Temporal and a worker must run then; more than ${String(LATEST_START_MINUTES)} minutes late it is missed`
        : `  the embedded service must run then: leave it, and after a reboot: fleetlift up; more than ${String(LATEST_START_MINUTES)} minutes late it is missed`,
    );
    context.output.document({
      name,
      migration: fleet.name,
      wave: options.wave,
      servers,
      at,
      state: 'known' in created ? created.known.state : 'due',
      outcome: created.outcome,
    });
    return EXIT.done;
  },
};

const FIRST_WORDS: Readonly<Record<Exclude<CreateOutcome['outcome'], 'taken'>, (name: string) => string>> = {
  created: (name) => name,
  replaced: (name) => `${name} (in place of the one that had its time)`,
  same: (name) => `${name} is there already`,
};

/** The migration's and the wave's name: no name has a slash, so that two are never taken for one. */
async function chooseName(asked: string | undefined, fleet: Fleet, wave: string): Promise<string> {
  if (asked === undefined) return `${fleet.name}/${wave}`;
  const { name } = await import('../../inventory/fields.js');
  const { error } = name.safeParse(asked);
  if (error === undefined) return asked;
  throw usageError(
    `"${asked}" is no name: ${error.issues.map(({ message }) => message).join(', ')}`,
    'leave --name out: MIGRATION/WAVE',
  );
}

/** What the operator might not expect. */
function remarks(name: string, created: CreateOutcome, wave: Wave | undefined, at: string): string[] {
  const paused = 'known' in created && created.known.state === 'paused';
  const window = wave?.window ?? null;
  return [
    ...(paused ? [`  it is paused: fleetlift schedule resume ${name}`] : []),
    ...(wave?.approval === true ? ['  this is its approval: it does not wait for fleetlift approve'] : []),
    ...(window === null || isOpen(window, Date.parse(at))
      ? []
      : [`  its window is closed then: it waits for ${window.from} ${window.timezone}`]),
  ];
}
