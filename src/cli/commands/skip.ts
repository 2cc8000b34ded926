import { operatorCommand } from '../operatorCommand.js';

export const skip = operatorCommand({
  name: 'skip',
  summary: 'leave servers out of the migration',
  description:
    'What was made for them is removed; the wave no longer waits for them. They stay skipped when it ' +
    'is over; deleted then, they are migrated by the next migrate.',
  examples: [
    { command: 'skip web3', does: 'one server' },
    { command: 'skip --wave web', does: 'every server of a wave that is not running or finished' },
  ],
});
