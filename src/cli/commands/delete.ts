import { operatorCommand } from '../operatorCommand.js';

export const deleteServers = operatorCommand({
  name: 'delete',
  summary: 'remove what is kept of servers',
  description:
    'A running server must be cancelled or paused first. Of a finished one its images are removed too, which asks for --yes.',
  examples: [
    { command: 'delete web3', does: 'a server in error: its replica, logs and record' },
    { command: 'delete web3 --yes', does: 'a finished one, with its images' },
  ],
});
