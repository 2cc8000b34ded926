import { operatorCommand } from '../operatorCommand.js';

export const cutover = operatorCommand({
  name: 'cutover',
  summary: 'stop services, send the last delta, make the image',
  description:
    'For servers with `sync.mode: incremental`. The services of `sync.quiesce` are stopped with their sockets and timers, the last delta is sent, and the image is made, booted and checked. Where that fails the services start again, and the server goes back to waiting; if all else dies, a timer on the server itself starts them.',
  examples: [
    { command: 'cutover db1', does: 'now' },
    { command: 'cutover --wave db --at 02:00', does: 'tonight' },
    { command: 'cutover db1 --at never', does: 'take a time back' },
  ],
});
