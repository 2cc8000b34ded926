import { fieldsOf, listOf } from '../outline.js';
import type { FieldPath, Issue } from '../problems.js';

/**
 * Keeps passwords out of the fleet, which travels through Temporal: `passwordEnv` names a variable, and what that
 * variable holds may not stand anywhere in the inventory.
 *
 * @param variables names of the variables whose values have been expanded
 */
export function checkSecrets(
  value: unknown,
  variables: ReadonlySet<string>,
  sourceOf: (path: FieldPath) => string | null,
): Issue[] {
  const root = fieldsOf(value);
  const settings: FieldPath[] = [
    ['defaults'],
    ...listOf(root['servers']).map((_, index) => ['servers', index]),
  ];
  return settings.flatMap((place): Issue[] => {
    const path = [...place, 'ssh', 'passwordEnv'];
    const source = sourceOf(path);
    if (source === null) return [];
    if (source.includes('${')) {
      const message = 'passwordEnv is the name of a variable, and no value is expanded here';
      return [{ path, message, hint: 'Write DB1_PASSWORD, not ${DB1_PASSWORD}.' }];
    }
    if (!variables.has(source)) return [];
    const message = `the password in variable "${source}" would stand in the inventory, and so in Temporal`;
    return [{ path, message, hint: `Use \${${source}} nowhere in this file.` }];
  });
}
