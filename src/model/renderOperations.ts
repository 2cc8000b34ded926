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
  ].join('\n');
}
