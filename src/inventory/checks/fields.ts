import type { z } from 'zod';
import { fieldsOf, valueAt } from '../outline.js';
import type { FieldPath, Issue } from '../problems.js';
import { inventorySchema, type RawInventory } from '../schema.js';
import { unknownFieldHint } from '../shape.js';
import { nearest } from '../suggest.js';
import { scalarOf } from '../variables.js';

/** How a value stands in the file; null: it is no scalar. */
export type SourceOf = (path: FieldPath) => string | null;

/** Checks every field by itself against the schema. */
export function checkFields(
  value: unknown,
  sourceOf: SourceOf,
): { issues: readonly Issue[]; raw: RawInventory | null } {
  const first = inventorySchema.safeParse(value);
  if (first.success) return { issues: [], raw: first.data };
  const expanded = first.error.issues
    .map(({ path }) => plainPath(path))
    .filter((path) => isExpanded(sourceOf(path)));
  const result = expanded.length === 0 ? first : inventorySchema.safeParse(expanded.reduce(asScalar, value));
  if (result.success) return { issues: [], raw: result.data };
  return { issues: result.error.issues.flatMap((issue) => told(issue, value, sourceOf)), raw: null };
}

function told(issue: z.core.$ZodIssue, root: unknown, sourceOf: SourceOf): Issue[] {
  const path = plainPath(issue.path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(path, key, root));
  const parent = path.slice(0, -1);
  const last = path.at(-1);
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message;
    return [{ path, at: 'key', message: `"${String(last)}" ${inside(parent, root)} must be ${expected}` }];
  }
  const value = valueAt(root, path);
  if (value === undefined && last !== undefined) {
    return [
      {
        path,
        message: `field "${last}" is missing ${inside(parent, root)}`,
        hint: `It must be ${issue.message}.`,
      },
    ];
  }
  const message = `${fieldName(path, root)} must be ${issue.message}, not ${shown(value, sourceOf(path))}`;
  const hint = isExpanded(sourceOf(path)) ? null : valueHint(issue, value);
  return [hint === null ? { path, message } : { path, message, hint }];
}

function plainPath(path: readonly PropertyKey[]): FieldPath {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function isExpanded(source: string | null): boolean {
  return source?.includes('${') ?? false;
}

/** The same value with the text at a path read as a scalar: variables hold text, whatever the field's type is. */
function asScalar(value: unknown, path: FieldPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return typeof value === 'string' ? scalarOf(value) : value;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === step ? asScalar(item, rest) : item));
  const fields = fieldsOf(value);
  return { ...fields, [step]: asScalar(fields[String(step)], rest) };
}

function unknownField(path: FieldPath, key: string, root: unknown): Issue {
  const message = `unknown field "${key}" ${inside(path, root)}`;
  const hint = unknownFieldHint(inventorySchema, path, key);
  const issue = { path: [...path, key], at: 'key', message } as const;
  return hint === null ? issue : { ...issue, hint };
}

function valueHint(issue: z.core.$ZodIssue, value: unknown): string | null {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    return meant === null ? null : `Did you mean "${meant}"?`;
  }
  if (issue.code !== 'invalid_type') return null;
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  if (issue.expected === 'string' && issue.message.startsWith('a duration')) return 'It needs a unit.';
  if (issue.expected === 'string' && scalar) return 'Put it in quotes, if it is meant as it stands.';
  if (issue.expected === 'array' && (scalar || typeof value === 'string')) return 'Put it in brackets: [ ].';
  const quoted = typeof value === 'string' && /^[0-9]+$|^(true|false)$/.test(value);
  return quoted ? 'Write it without quotes.' : null;
}

/** `sync.mode of server "web1"`, `limits.concurrency`. */
function fieldName(path: FieldPath, root: unknown): string {
  const { owner, rest } = ownerOf(path, root);
  if (owner === null) return rest === '' ? 'the inventory' : rest;
  return rest === '' ? owner : `${rest} of ${owner}`;
}

/** `in sync of server "web1"`, `in limits`, `at the top level`. */
function inside(path: FieldPath, root: unknown): string {
  return path.length === 0 ? 'at the top level' : `in ${fieldName(path, root)}`;
}

const KINDS: Readonly<Record<string, string>> = { servers: 'server', waves: 'wave', relays: 'relay' };

function ownerOf(path: FieldPath, root: unknown): { owner: string | null; rest: string } {
  const [list, index, ...rest] = path;
  const kind = KINDS[String(list)];
  if (kind === undefined || typeof index !== 'number') return { owner: null, rest: dotted(path) };
  const name = valueAt(root, [String(list), index, 'name']);
  const label = typeof name === 'string' ? JSON.stringify(name.slice(0, 63)) : `number ${index + 1}`;
  return { owner: `${kind} ${label}`, rest: dotted(rest) };
}

function dotted(path: FieldPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** As it stands in the file: what a variable holds is not shown, since it may be what nobody should read. */
function shown(value: unknown, source: string | null): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = source ?? JSON.stringify(value);
  const quoted = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return isExpanded(source) && text !== value ? `what ${quoted} stands for` : quoted;
}
