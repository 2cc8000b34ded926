import { fieldsOf, listOf } from '../outline.js';
import type { FieldPath, Issue } from '../problems.js';

/** Names of variables that hold what nobody else should read; not of those that hold where it lies. */
const SECRET_NAME =
  /(^|_)(PW|PASS|PASSWD|PASSWORDS?|PASSPHRASE|SECRETS?|TOKENS?|CREDENTIALS?|(API|ACCESS|PRIVATE)_?KEY)(?!.*_(FILE|PATH|DIR)$)(_|$)/i;
/** A shorter password may stand in a host's name by chance. */
const LEAST_PASSWORD = 8;

/**
 * Keeps secrets out of the fleet, which travels through Temporal and stands in reports: `passwordEnv` names a variable,
 * and what that variable holds may not stand anywhere in the inventory, by its name or as it is; nor may what variables
 * hold that are secrets by their names.
 *
 * @param variables names of the variables whose values have been expanded
 */
export function checkSecrets(
  value: unknown,
  variables: ReadonlySet<string>,
  sourceOf: (path: FieldPath) => string | null,
  env: NodeJS.ProcessEnv,
): Issue[] {
  const root = fieldsOf(value);
  const settings: FieldPath[] = [
    ['defaults'],
    ...listOf(root['servers']).map((_, index) => ['servers', index]),
  ];
  const named = settings.flatMap((place) => {
    const path = [...place, 'ssh', 'passwordEnv'];
    const source = sourceOf(path);
    return source === null ? [] : [{ path, source }];
  });
  const passwords = new Set(named.map(({ source }) => source));
  return [
    ...named.flatMap((one) => checkName(one, variables)),
    ...[...texts(value, [])].flatMap((one) => [
      ...checkVariables(one.path, sourceOf(one.path), passwords),
      ...checkText(one, passwords, env),
    ]),
  ];
}

function checkName(
  { path, source }: { path: FieldPath; source: string },
  variables: ReadonlySet<string>,
): Issue[] {
  if (source.includes('${')) {
    const message = 'passwordEnv is the name of a variable, and no value is expanded here';
    return [{ path, message, hint: 'Write DB1_PASSWORD, not ${DB1_PASSWORD}.' }];
  }
  if (!variables.has(source)) return [];
  const message = `the password in variable "${source}" would stand in the inventory, and so in Temporal`;
  return [{ path, message, hint: `Use \${${source}} nowhere in this file.` }];
}

/** Of a text as it stands in the file. */
function checkVariables(path: FieldPath, source: string | null, passwords: ReadonlySet<string>): Issue[] {
  if (source === null || path.at(-1) === 'passwordEnv') return [];
  const names = [...source.matchAll(/(?<!\$)\$\{([A-Za-z0-9_]+)\}/g)].map(([, name]) => name ?? '');
  return names
    .filter((name) => SECRET_NAME.test(name) && !passwords.has(name))
    .map((name) => ({
      path,
      message: `"${name}" is a secret by its name, and what it holds would stand in Temporal and in reports`,
      hint: 'Let a command read it on the server, out of a file there; or rename the variable if it is none.',
    }));
}

/** Of a text with its variables expanded. */
function checkText(
  { path, text }: { path: FieldPath; text: string },
  passwords: ReadonlySet<string>,
  env: NodeJS.ProcessEnv,
): Issue[] {
  const found = [...passwords].find((name) => {
    const password = env[name] ?? '';
    return password.length >= LEAST_PASSWORD && text.includes(password);
  });
  if (found === undefined || passwords.has(text)) return [];
  const message = `the password in variable "${found}" stands here, and would stand in Temporal`;
  return [{ path, message, hint: 'Take it out; passwordEnv with the name of the variable is enough.' }];
}

function* texts(value: unknown, path: FieldPath): Generator<{ path: FieldPath; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (typeof value === 'object' && value !== null) {
    const fields: [string | number, unknown][] = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value);
    for (const [step, inner] of fields) yield* texts(inner, [...path, step]);
  }
}
