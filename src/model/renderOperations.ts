import { LATEST_START_MINUTES } from './schedule.js';
import { EFFECTS, OPERATIONS, type OperatorState } from './operations.js';

/** Every row of the table, in the order of a job's life. */
const STATES: readonly OperatorState[] = [
  'Queued',
  'Queued, begun',
  'Ready',
  'Running, syncing',
  'Running, a delta',
  'Running, cutting over',
  'Running, another step',
  'Running, pausing',
  'Waiting',
  'Stopped',
  'InError',
  'Finished',
  'Skipped',
  'Cancelled',
  'Expired',
  'Deleting',
];

/** docs/operations.md: what an operator may do with a server in each state, out of the one table. */
export function renderOperations(): string {
  return [
    '# What you can do with a server',
    '',
    'Written by `node scripts/docs.mjs` out of `src/model/operations.ts`: change it there.',
    '',
    'Every command takes `SERVER…`, `--wave W` or `--all`, and answers at once with what will happen, or with the reason',
    'why not and what is possible instead.',
    '',
    '`Waiting`, `sync-now` and `cutover` belong to `sync.mode: incremental`. `cutover --at TIME` does it then; one whose',
    'time passed by more than ten minutes ago, since nothing of ours ran, is not done late.',
    '',
    `| state | ${OPERATIONS.map((operation) => `\`${operation}\``).join(' | ')} |`,
    `|---|${OPERATIONS.map(() => '---|').join('')}`,
    ...STATES.map(
      (state) =>
        `| ${state} | ${OPERATIONS.map((operation) => (EFFECTS[operation][state] === undefined ? '' : 'yes')).join(' | ')} |`,
    ),
    '',
    ...OPERATIONS.flatMap((operation) => [
      `## ${operation}`,
      '',
      ...STATES.flatMap((state) => {
        const effect = EFFECTS[operation][state];
        return effect === undefined ? [] : [`- **${state}**: it ${effect.replace('{step}', '`STEP`')}.`];
      }),
      '',
    ]),
    '## Expiry',
    '',
    'What is stopped, in error or waiting expires `validDays` after its job began (30 by default); what runs never does.',
    'Seven days later all it holds on source and relay is removed.',
    '',
    '## Schedules',
    '',
    '`fleetlift schedule create INVENTORY --wave W --at TIME` starts a wave once, at that time: it does what `migrate',
    'INVENTORY --wave W` does, so an open migration takes the wave besides what it does already. It is your approval of the',
    'wave; its turn, its window and all limits still count.',
    '',
    '- The inventory is taken as it is when the schedule is made. Edited later: `schedule delete`, then `create` again. An',
    '  inventory that `migrate` applied to the open migration meanwhile stays; the schedule adds its wave to it.',
    `- Temporal and a worker must run at that time: leave the embedded service, and start it after a reboot (\`fleetlift up\`).`,
    `  What is ${String(LATEST_START_MINUTES)} minutes late is not started: \`schedule list\` says \`missed\`, as it does of one that was still paused.`,
    '- What could not be started is `failed` in `schedule list`, with code and reason. Mend it, then create it again: one',
    '  that had its time gives way to a new one of its name.',
    '- Temporal forgets one that had its time about a week later; what it started is kept as long as any migration.',
    '',
  ].join('\n');
}
