import type { Client } from '@temporalio/client';
import { didYouMean } from '../../inventory/suggest.js';
import type { ScheduleState } from '../../model/schedule.js';
import type { KnownSchedule } from '../../temporal/schedules.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';

type Operation = 'pause' | 'resume' | 'delete';

/** What each does in each state, for `{name}`, `{wave}` and `{time}`; a state that is not there refuses it. */
const EFFECTS: Readonly<Record<Operation, Partial<Readonly<Record<ScheduleState, string>>>>> = {
  pause: {
    due: '{name} is paused: wave {wave} does not start unless it is resumed before {time}',
    paused: '{name} is paused already: wave {wave} does not start unless it is resumed before {time}',
  },
  resume: {
    due: '{name} is not paused: wave {wave} starts at {time}',
    paused: '{name} is resumed: wave {wave} starts at {time}',
  },
  delete: {
    due: '{name} is deleted: wave {wave} does not start by itself',
    paused: '{name} is deleted: wave {wave} does not start by itself',
    starting: '{name} is deleted; wave {wave} is being started and goes on',
    done: '{name} is deleted; what it started goes on',
    failed: '{name} is deleted',
    missed: '{name} is deleted',
  },
};

export const pause = operation('pause', {
  summary: 'hold a schedule back',
  description: 'One that is still paused at its time is missed: it is not made up for.',
  does: 'it does not start until it is resumed',
});

export const resume = operation('resume', {
  summary: 'let a paused schedule start at its time',
  does: 'it starts at its time, which must be to come',
});

export const remove = operation('delete', {
  summary: 'take a schedule back, or forget one that had its time',
  description: 'A wave that it has started goes on.',
  does: 'the wave does not start by itself',
});

function operation(
  name: Operation,
  { does, ...texts }: { summary: string; description?: string; does: string },
): CommandSpec {
  return {
    ...texts,
    name,
    arguments: [{ syntax: '<schedule>', description: 'its name' }],
    examples: [{ command: `schedule ${name} dc1-exit/canary`, does }],
    async run({ output, session }, [asked = '']): Promise<ExitCode> {
      const { client } = await session.connectExisting();
      const { showTime } = await import('./showTime.js');
      const schedule = await theOne(client, asked);
      const effect = EFFECTS[name][schedule.state];
      if (effect === undefined) {
        throw usageError(
          `${asked} cannot be ${name}d: it is ${schedule.state}, its time was ${showTime(schedule.at)}`,
          'create it again with a time to come: fleetlift schedule create',
        );
      }
      await apply(client, name, asked);
      const message = effect
        .replace('{name}', asked)
        .replace('{wave}', schedule.wave)
        .replace('{time}', showTime(schedule.at));
      output.print(message);
      output.document({ name: asked, accepted: true, message });
      return EXIT.done;
    },
  };
}

/** @throws E-USAGE where there is none of that name */
async function theOne(client: Client, name: string): Promise<KnownSchedule> {
  const { findSchedule, listSchedules } = await import('../../temporal/schedules.js');
  const schedule = await findSchedule(client, name);
  if (schedule !== null) return schedule;
  const names = (await listSchedules(client)).map((one) => one.name);
  const hint = didYouMean(name, names)?.hint;
  throw usageError(
    `there is no schedule "${name}".${hint === undefined ? '' : ` ${hint}`}`,
    names.length === 0 ? 'fleetlift schedule create' : 'fleetlift schedule list',
  );
}

async function apply(client: Client, operation: Operation, name: string): Promise<void> {
  const { deleteSchedule, pauseSchedule, resumeSchedule } = await import('../../temporal/schedules.js');
  const acts = { pause: pauseSchedule, resume: resumeSchedule, delete: deleteSchedule };
  await acts[operation](client, name);
}
