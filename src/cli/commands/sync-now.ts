import { operatorCommand } from '../operatorCommand.js';

export const syncNow = operatorCommand({
  name: 'sync-now',
  summary: 'send a delta now',
  description: 'For servers with `sync.mode: incremental` that wait between two deltas.',
  examples: [
    { command: 'sync-now db1', does: 'one server' },
    { command: 'sync-now --wave db', does: 'a wave, before its cutover' },
  ],
});
