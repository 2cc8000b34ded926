import { printable, renderTable } from '../../console/text.js';
import { SPENT_STATES } from '../../model/schedule.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

export const list: CommandSpec = {
  name: 'list',
  summary: 'list schedules, and what became of them',
  description:
    'due, paused, starting, done, failed (with the reason) or missed. One that had its time is kept for some days.',
  examples: [
    { command: 'schedule list', does: 'all' },
    { command: 'schedule list --migration dc1-exit --json', does: 'of one migration, for scripts' },
  ],
  async run({ globals, output, session }): Promise<ExitCode> {
    const { listSchedules } = await import('../../temporal/schedules.js');
    const { showTime } = await import('./showTime.js');
    const { client } = await session.connectRunning();
    const schedules = (await listSchedules(client)).filter(
      ({ migration }) => globals.migration === undefined || migration === globals.migration,
    );
    if (schedules.length === 0) {
      output.note(
        'there is no schedule. Make one with: fleetlift schedule create INVENTORY --wave W --at TIME',
      );
    } else {
      output.print(
        ...renderTable([
          ['NAME', 'MIGRATION', 'WAVE', 'TIME', 'STATE', ''],
          ...schedules.map(({ name, migration, wave, at, state, code, remark }) =>
            [name, migration, wave, showTime(at), state, [code, remark].filter(Boolean).join(' ')].map(
              (cell) => printable(cell.replaceAll('\n', '; ')),
            ),
          ),
        ]),
      );
    }
    output.document({
      schedules: schedules.map(({ at, state, ...others }) => ({
        ...others,
        at,
        nextAt: SPENT_STATES.includes(state) || state === 'paused' ? null : at,
        state,
      })),
    });
    return EXIT.done;
  },
};
