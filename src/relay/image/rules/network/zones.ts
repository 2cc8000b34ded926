import { parseAssignments } from '../../grub/shellWords.js';
import type { ServerTree } from '../../tree/ServerTree.js';

/** The zone of firewalld that settings of cards have in common, and what is to be said where they have none. */
export interface CommonZone {
  /** null: firewalld puts the card into its default zone. */
  readonly zone: string | null;
  /** Goes behind the reason of a change; else empty. */
  readonly remark: string;
}

/** As settings of one card replace those of all, a zone is taken over only where all that name one name the same. */
export function commonZone(named: readonly string[]): CommonZone {
  const zones = [...new Set(named)].filter((name) => /^[\w/-]+$/.test(name)).sort();
  const [zone = null] = zones;
  if (zones.length < 2) return { zone, remark: '' };
  return {
    zone: null,
    remark: `; the cards were in different zones of firewalld (${zones.join(', ')}), and come up in its default zone`,
  };
}

/** `ZONE=` of ifcfg files (firewalld.zones(5)); wicked reads it from its own as well. */
export async function ifcfgZones(tree: ServerTree, files: readonly string[]): Promise<string[]> {
  const zones: string[] = [];
  for (const file of files) {
    if (!(await tree.isFile(file))) continue;
    const assignments = parseAssignments((await tree.readText(file)) ?? '');
    zones.push(...assignments.filter(({ name }) => name === 'ZONE').map(({ value }) => value));
  }
  return zones;
}
