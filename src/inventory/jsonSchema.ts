import { z } from 'zod';
import { inventorySchema } from './schema.js';

const VARIABLE: z.core.JSONSchema.StringSchema = {
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}',
};

/**
 * The JSON Schema that editors check an inventory with; inventory/fleetlift.schema.json holds it.
 * Where a value has a form of its own, `${VARIABLE}` is allowed beside it.
 */
export function inventoryJsonSchema(): object {
  return {
    title: 'fleetlift inventory',
    ...z.toJSONSchema(inventorySchema, {
      target: 'draft-7',
      io: 'input',
      override: ({ jsonSchema, path }) => {
        if (path.at(-1) === 'propertyNames' || !hasForm(jsonSchema)) return;
        const { description, ...form } = jsonSchema;
        for (const field of Object.keys(form)) Reflect.deleteProperty(jsonSchema, field);
        jsonSchema.anyOf = [form, VARIABLE];
        if (description !== undefined) jsonSchema.description = description;
      },
    }),
  };
}

function hasForm({ type, pattern, enum: values }: z.core.JSONSchema.BaseSchema): boolean {
  if (type === 'string') return pattern !== undefined || values !== undefined;
  return type === 'integer' || type === 'number' || type === 'boolean';
}
