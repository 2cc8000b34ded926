import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { printable } from './text.js';

/** What of a migration that stands still waits, for what, and the command that lets it go on. */
export function standstillLines({ waves, servers }: MigrationStatus): string[] {
  const held = waves.filter(({ state }) => state === 'held' || state === 'pending');
  const ofWaves = held.map(({ name, reason }) => ` wave ${printable(name)}: ${printable(reason ?? '')}`);
  // What waits with its whole wave is told with it.
  const others = servers.filter(
    ({ wave, reason }) => !held.some((one) => one.name === wave && one.reason === reason),
  );
  return [...ofWaves, ...others.flatMap(serverLine)];
}

function serverLine({ name, status, reason }: ServerSummary): string[] {
  if (status !== 'Queued' && status !== 'Stopped') return [];
  const why = reason === null ? [] : [printable(reason)];
  const next = status === 'Stopped' ? [`fleetlift resume ${printable(name)}`] : [];
  const parts = [...why, ...next];
  return parts.length === 0 ? [] : [`   ${printable(name)}: ${parts.join('; ')}`];
}
