import { operatorCommand } from '../operatorCommand.js';

export const pause = operatorCommand({
  name: 'pause',
  summary: 'stop servers where they are',
  description:
    'A transfer stops within seconds and goes on at the same place; any other step is brought to its end first. Servers that have not started are held.',
  examples: [
    { command: 'pause web3', does: 'one server' },
    { command: 'pause --wave web', does: 'a wave' },
    { command: 'pause --all', does: 'everything, held servers too' },
  ],
});
