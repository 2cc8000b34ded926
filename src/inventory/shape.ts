import { z } from 'zod';
import type { FieldPath } from './problems.js';
import { nearest } from './suggest.js';

/** What an unknown field was meant to be: a field of the same section that is spelled alike, or one of a subsection. */
export function unknownFieldHint(root: z.core.$ZodType, path: FieldPath, field: string): string | null {
  const known = shapeAt(root, path);
  const similar = nearest(field, Object.keys(known));
  if (similar !== null) return `Did you mean "${similar}"?`;
  const section = Object.entries(known).find(([, schema]) => Object.hasOwn(shapeAt(schema, []), field));
  if (section !== undefined) return `It belongs under ${section[0]}.`;
  if (field === '<<') return 'Merge keys are not read; put shared fields under defaults.';
  return null;
}

/** The fields of the section at a path; none, if there is no section. */
function shapeAt(root: z.core.$ZodType, path: FieldPath): Readonly<Record<string, z.core.$ZodType>> {
  let schema = unwrapped(root);
  for (const step of path) {
    if (schema instanceof z.ZodArray) schema = unwrapped(schema.element);
    else if (schema instanceof z.ZodRecord) schema = unwrapped(schema.valueType);
    else schema = unwrapped(fieldsOf(schema)[String(step)]);
  }
  return fieldsOf(schema);
}

function fieldsOf(schema: z.core.$ZodType | undefined): Readonly<Record<string, z.core.$ZodType>> {
  return schema instanceof z.ZodObject ? schema.shape : {};
}

function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
  return inner;
}
