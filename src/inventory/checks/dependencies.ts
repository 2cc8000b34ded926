import type { Outline, ServerOutline } from '../outline.js';
import type { Issue } from '../problems.js';
import { didYouMean } from '../suggest.js';
import type { WaveAssignment } from './waves.js';

/** `dependsOn` and `notWith`: unknown servers, cycles, and dependencies that would never be finished in time. */
export function checkDependencies(outline: Outline, { waveOf }: WaveAssignment): Issue[] {
  const byName = new Map(outline.servers.map((server) => [server.name, server]));
  return [
    ...outline.servers.flatMap((server) => unknownServers(server, byName)),
    ...outline.servers.flatMap((server) => laterWaves(server, outline, waveOf)),
    ...cycles(byName),
  ];
}

function unknownServers(server: ServerOutline, byName: ReadonlyMap<string, ServerOutline>): Issue[] {
  const fields = [
    ['dependsOn', server.dependsOn],
    ['notWith', server.notWith],
  ] as const;
  return fields.flatMap(([field, references]) =>
    references.flatMap(({ to, path }): Issue[] => {
      if (!byName.has(to)) {
        const message = `server "${to}" in ${field} of server "${server.name}" is not in servers`;
        return [{ path, message, ...didYouMean(to, byName.keys()) }];
      }
      // A server that depends on itself is told of as a cycle.
      if (to !== server.name || field === 'dependsOn') return [];
      return [{ path, message: `server "${to}" names itself in notWith` }];
    }),
  );
}

function laterWaves(server: ServerOutline, outline: Outline, waveOf: ReadonlyMap<string, number>): Issue[] {
  const own = waveOf.get(server.name);
  return server.dependsOn.flatMap(({ to, path }) => {
    const other = waveOf.get(to);
    if (own === undefined || other === undefined || other <= own) return [];
    const ownWave = outline.waves[own]?.name ?? '';
    const otherWave = outline.waves[other]?.name ?? '';
    return [
      {
        path,
        message: `server "${server.name}" of wave "${ownWave}" depends on "${to}" of the later wave "${otherWave}"`,
        hint: `Move "${to}" to wave "${ownWave}" or an earlier one.`,
      },
    ];
  });
}

/** One issue for each cycle that can be walked from what is left when all servers without open dependencies go. */
function cycles(byName: ReadonlyMap<string, ServerOutline>): Issue[] {
  const inCycles = serversNeverReady(byName);
  const walked = new Set<string>();
  const issues: Issue[] = [];
  for (const start of inCycles) {
    const trail: string[] = [];
    let next: string | undefined = start;
    while (next !== undefined && !walked.has(next)) {
      walked.add(next);
      trail.push(next);
      next = byName.get(next)?.dependsOn.find(({ to }) => inCycles.has(to))?.to;
    }
    const from = next === undefined ? -1 : trail.indexOf(next);
    const first = byName.get(trail[from] ?? '');
    const reference = first?.dependsOn.find(({ to }) => inCycles.has(to));
    if (first === undefined || reference === undefined) continue;
    const circle = [...trail.slice(from), first.name].join(' → ');
    issues.push({ path: reference.path, message: `dependsOn goes in a circle: ${circle}` });
  }
  return issues;
}

/** Kahn's algorithm: what remains is in a cycle, or depends on one. */
function serversNeverReady(byName: ReadonlyMap<string, ServerOutline>): Set<string> {
  const open = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const { name, dependsOn } of byName.values()) {
    const known = dependsOn.filter(({ to }) => byName.has(to));
    open.set(name, known.length);
    for (const { to } of known) dependents.set(to, [...(dependents.get(to) ?? []), name]);
  }
  const ready = [...open].filter(([, count]) => count === 0).map(([name]) => name);
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    open.delete(name);
    for (const dependent of dependents.get(name) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return new Set(open.keys());
}
