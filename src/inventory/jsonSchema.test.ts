import { expect, test } from 'vitest';
import { inventoryJsonSchema } from './jsonSchema.js';

// Write the file anew after a change of the schema: npx vitest run --project unit src/inventory/jsonSchema.test.ts -u
test('the JSON Schema for editors is up to date', async () => {
  const text = `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../inventory/fleetlift.schema.json');
});
