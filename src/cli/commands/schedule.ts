import { create } from '../schedule/create.js';
import { list } from '../schedule/list.js';
import { pause, remove, resume } from '../schedule/operate.js';
import type { CommandSpec } from '../spec.js';

export const schedule: CommandSpec = {
  name: 'schedule',
  summary: 'start a wave at a time',
  description:
    'A schedule does at its time what `fleetlift migrate INVENTORY --wave W` does, and approves the wave. ' +
    'Temporal must run then (embedded: fleetlift up): more than ten minutes late a wave is missed, not started.',
  examples: [
    { command: 'schedule create fleet.yaml --wave canary --at 22:00', does: 'tonight' },
    { command: 'schedule list', does: 'what is to come, and what became of it' },
    { command: 'schedule delete dc1-exit/canary', does: 'take it back' },
  ],
  subcommands: [create, list, pause, resume, remove],
};
