import { operatorCommand } from '../operatorCommand.js';

export const resume = operatorCommand({
  name: 'resume',
  summary: 'let stopped servers go on',
  description: 'They go on where they stopped, as soon as there is a place for them.',
  examples: [
    { command: 'resume web3', does: 'one server' },
    { command: 'resume --all', does: 'everything that stands still' },
  ],
});
