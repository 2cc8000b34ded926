import type { Named, Outline } from '../outline.js';
import type { Issue } from '../problems.js';

/** Names used twice among servers, waves and relays. */
export function checkNames({ servers, waves, relays }: Outline): Issue[] {
  return [
    ...twice(servers, 'server', 'Every server needs its own name.'),
    ...twice(
      waves.filter((wave) => wave.name !== ''),
      'wave',
      'Every wave needs its own name.',
    ),
    ...twice(relays, 'relay', 'Every relay needs its own name.'),
  ];
}

function twice(items: readonly Named[], kind: string, hint: string): Issue[] {
  const seen = new Set<string>();
  return items.flatMap(({ name, path }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path: [...path, 'name'], message: `${kind} name "${name}" is used twice`, hint }];
  });
}
