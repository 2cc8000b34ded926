import { CATALOGUE } from '../errors/catalogue.js';
import { remedyFor } from '../errors/remedy.js';
import type { MigrationStatus } from '../model/messages.js';
import { printable } from './text.js';

/** Queued servers whose reasons are told; a thousand of them would hide what to do. */
const TOLD = 20;

/** What a migration that does not go on by itself waits for, with the next command: waves first, then servers. */
export function renderWaiting({ waves, servers, outcome }: MigrationStatus): string[] {
  if (outcome === 'running') return [];
  const held = waves.filter(({ state }) => state === 'held');
  const open = waves.filter(({ state }) => state === 'running').map(({ name }) => name);
  const queued = servers.filter(
    ({ status, reason, wave }) => status === 'Queued' && reason !== null && open.includes(wave),
  );
  const room = queued.find(({ roomBytes }) => roomBytes !== undefined);
  const rest = queued.length - TOLD;
  return [
    ...held.map(({ name, reason }) => `wave ${printable(name)}: ${printable(reason ?? '')}`),
    ...queued.slice(0, TOLD).map(({ name, reason }) => `${printable(name)}: ${printable(reason ?? '')}`),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
    ...(room === undefined
      ? []
      : [`  → ${remedyFor(CATALOGUE['W-RELAY-SPACE'].remedy, printable(room.name))}`]),
  ];
}
