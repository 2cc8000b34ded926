import { operatorCommand } from '../operatorCommand.js';

export const retry = operatorCommand({
  name: 'retry',
  summary: 'repeat the step that failed',
  description:
    'For servers in error, when the cause is repaired. What was transferred is not transferred again.',
  examples: [
    { command: 'retry web3', does: 'one server' },
    { command: 'retry --wave web', does: 'every server of a wave that is in error' },
    { command: 'retry --all', does: 'every server that is in error' },
  ],
});
