import { operatorCommand } from '../operatorCommand.js';

export const cancel = operatorCommand({
  name: 'cancel',
  summary: 'give servers up',
  description:
    'A running one is stopped first. Removes what the job made on source and relay. A cancelled server can be migrated again later.',
  examples: [
    { command: 'cancel web3', does: 'one server' },
    { command: 'cancel --wave web', does: 'every server of a wave that is not finished' },
  ],
});
