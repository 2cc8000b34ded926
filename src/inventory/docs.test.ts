import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inventoryJsonSchema } from './jsonSchema.js';
import { parsed } from './testing.js';

const docs = readFileSync(new URL('../../docs/inventory.md', import.meta.url), 'utf8');

test('every example of the reference is valid', () => {
  const blocks = [...docs.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1] ?? '');
  const examples = blocks.filter((block) => !block.startsWith('#'));
  expect(examples.length).toBeGreaterThan(7);
  const readExcludes = () => [{ name: 'rsync_excludes_linux.txt', path: 'x', content: Buffer.from('/a\n') }];
  for (const block of examples) parsed(inventoryOf(block), { readExcludes });
});

test('every field of the schema stands in the reference', () => {
  const missing = [...fieldsOf(inventoryJsonSchema())].filter(
    (field) => !new RegExp(`\\b${field}\\b`).test(docs),
  );
  expect(missing).toEqual([]);
});

/** A block of the reference shows one section: this puts the rest of an inventory around it. */
function inventoryOf(block: string): string {
  if (block.startsWith('version:')) return block;
  const names = ['web1', 'web2', 'db1'];
  const servers = `servers:\n${names.map((name) => `  - {name: ${name}, host: ${name}, tags: [web]}\n`).join('')}`;
  const head = 'version: 1\nname: a\n';
  if (block.startsWith('servers:')) return head + block;
  if (/^(waves|relays):/.test(block)) return head + block + servers;
  return `${head}servers:\n  - name: web1\n    host: web1\n${block.replace(/^/gm, '    ')}\n`;
}

function* fieldsOf(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') yield* Object.keys(value as object);
    yield* fieldsOf(value);
  }
}
