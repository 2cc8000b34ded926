import { createHash } from 'node:crypto';
import type { SourceFacts } from '../model/facts.js';

/** Hex digits of an id: enough that thousands of machines do not collide by chance. */
const LENGTH = 16;

/**
 * Identity of a machine, from machine-id, hardware addresses and SSH host key together: clones of one template share
 * some of them, but hardly all.
 */
export function sourceId({ identity }: Pick<SourceFacts, 'identity'>, hostKey: string): string {
  const parts = [identity.machineId ?? '', [...identity.hardwareAddresses].sort().join(','), hostKey];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, LENGTH);
}
