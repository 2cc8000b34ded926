import type { Outline, Reference, WaveOutline } from '../outline.js';
import type { FieldPath, Issue } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** The wave of a file that has none. */
export const DEFAULT_WAVE = 'all';

export interface WaveAssignment {
  /** Names of the servers of each wave in the order of the file; one entry a wave, in order. */
  readonly servers: readonly (readonly string[])[];
  /** The place of each server's wave in the order of waves. */
  readonly waveOf: ReadonlyMap<string, number>;
  readonly issues: readonly Issue[];
}

/** Puts every server in its wave: where a wave names it, else where a wave takes one of its tags. */
export function assignWaves({ servers, waves }: Outline): WaveAssignment {
  const names = new Set(servers.map((server) => server.name));
  if (waves.length === 0) {
    return { servers: [[...names]], waveOf: new Map([...names].map((name) => [name, 0])), issues: [] };
  }
  const issues: Issue[] = [];
  const waveOf = new Map<string, number>();
  for (const [index, wave] of waves.entries()) {
    for (const reference of wave.servers) {
      const fault = refusal(reference, wave, waves[waveOf.get(reference.to) ?? -1], names);
      if (fault === null) waveOf.set(reference.to, index);
      else issues.push({ path: reference.path, ...fault });
    }
  }
  for (const { name, tags, path } of servers) {
    if (waveOf.has(name)) continue;
    const takers = waves.flatMap((wave, index) =>
      wave.tags.some((tag) => tags.includes(tag)) ? [index] : [],
    );
    const [first] = takers;
    if (first === undefined) issues.push(inNoWave(name, path));
    else waveOf.set(name, first);
    if (takers.length > 1) issues.push(inSeveral(name, path, takers, waves));
  }
  const assigned = waves.map((_, index) => [...names].filter((name) => waveOf.get(name) === index));
  issues.push(...waves.flatMap((wave, index) => (assigned[index]?.length === 0 ? emptyWave(wave) : [])));
  return { servers: assigned, waveOf, issues };
}

function refusal(
  { to }: Reference,
  wave: WaveOutline,
  earlier: WaveOutline | undefined,
  names: ReadonlySet<string>,
): { message: string; hint?: string } | null {
  if (!names.has(to)) {
    return {
      message: `server "${to}" is in wave "${wave.name}" but is not in servers`,
      ...didYouMean(to, names),
    };
  }
  if (earlier === undefined) return null;
  return earlier === wave
    ? { message: `server "${to}" stands twice in wave "${wave.name}"` }
    : { message: `server "${to}" is in two waves, "${earlier.name}" and "${wave.name}"` };
}

function inNoWave(name: string, path: FieldPath): Issue {
  return {
    path: [...path, 'name'],
    message: `server "${name}" is in no wave`,
    hint: 'Name it in servers of a wave, or give it a tag that a wave takes.',
  };
}

function inSeveral(
  name: string,
  path: FieldPath,
  takers: readonly number[],
  waves: readonly WaveOutline[],
): Issue {
  const list = takers.map((index) => `"${waves[index]?.name ?? ''}"`).join(' and ');
  return {
    path: [...path, 'tags'],
    message: `the tags of server "${name}" put it in two waves, ${list}`,
    hint: 'Name it in servers of the wave that is meant.',
  };
}

function emptyWave({ name, path, tags, servers }: WaveOutline): Issue[] {
  // Unknown servers, and a wave without a name, have been told of already.
  if (servers.length > 0 || name === '') return [];
  const tagList = tags.map((tag) => `"${tag}"`).join(', ');
  const why = tags.length === 0 ? '' : `: none that is left has the tag ${tagList}`;
  return [{ path: [...path, 'name'], message: `wave "${name}" has no server${why}` }];
}
