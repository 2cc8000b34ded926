/**
 * What the checks across fields need, taken from the value however wrong the rest of it is, so that all errors of a
 * file are told at once.
 */
import type { FieldPath } from './problems.js';

export interface Named {
  readonly name: string;
  /** Of the item in its list. */
  readonly path: FieldPath;
}

/** An entry of a list that names something else. */
export interface Reference {
  readonly to: string;
  readonly path: FieldPath;
}

export interface ServerOutline extends Named {
  readonly tags: readonly string[];
  readonly dependsOn: readonly Reference[];
  readonly notWith: readonly Reference[];
  readonly raw: Fields;
}

export interface WaveOutline extends Named {
  readonly servers: readonly Reference[];
  readonly tags: readonly string[];
}

export interface Outline {
  readonly servers: readonly ServerOutline[];
  /** All of them, one without a name with an empty one: its servers are in a wave all the same. */
  readonly waves: readonly WaveOutline[];
  readonly relays: readonly Named[];
  readonly defaults: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Servers and relays without a name that is text are left out: the schema has told of them. */
export function outlineOf(value: unknown): Outline {
  const root = fieldsOf(value);
  return {
    servers: namedItems(root, 'servers').map(({ name, path, raw }) => ({
      name,
      path,
      raw,
      tags: references(raw, 'tags', path).map((tag) => tag.to),
      dependsOn: references(raw, 'dependsOn', path),
      notWith: references(raw, 'notWith', path),
    })),
    waves: listOf(root['waves']).map((item, index) => {
      const raw = fieldsOf(item);
      const path = ['waves', index];
      return {
        name: typeof raw['name'] === 'string' ? raw['name'] : '',
        path,
        servers: references(raw, 'servers', path),
        tags: references(raw, 'tags', path).map((tag) => tag.to),
      };
    }),
    relays: namedItems(root, 'relays'),
    defaults: fieldsOf(root['defaults']),
  };
}

/** The fields of a map; none, if the value is not a map. */
export function fieldsOf(value: unknown): Fields {
  return isMap(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value at a path; undefined, if there is none. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current)) current = (current as unknown[])[Number(step)];
    else if (isMap(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function namedItems(root: Fields, field: string): (Named & { raw: Fields })[] {
  return listOf(root[field]).flatMap((item, index) => {
    const raw = fieldsOf(item);
    const name = raw['name'];
    return typeof name === 'string' ? [{ name, raw, path: [field, index] }] : [];
  });
}

function references(raw: Fields, field: string, path: FieldPath): Reference[] {
  return listOf(raw[field]).flatMap((to, index) =>
    typeof to === 'string' ? [{ to, path: [...path, field, index] }] : [],
  );
}
