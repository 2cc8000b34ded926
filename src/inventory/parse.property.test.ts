import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { inventoryJsonSchema } from './jsonSchema.js';
import { parsed, problemsOf } from './testing.js';

const inputs = { env: { A: 'a', NUMBER: '7', WEIRD: '[x: {' } };

/** Pieces of real inventories, put together at random: nearer to the rules than arbitrary text. */
const pieces = fc.constantFrom(
  ...[
    'version: 1',
    'name: a',
    'servers:',
    'waves:',
    'defaults:',
    '- ',
    '  ',
    '\n',
    '{',
    '}',
    '[',
    ']',
    ', ',
    ': ',
  ],
  ...[
    'name',
    'host',
    'tags',
    'ssh',
    'sync',
    'excludes',
    'dependsOn',
    '"',
    "'",
    '|',
    '>',
    '#',
    '&a ',
    '*a',
    '!!x ',
  ],
  ...[
    '${A}',
    '${NUMBER}',
    '${WEIRD}',
    '${NONE}',
    '$${',
    '${',
    '<<',
    '__proto__',
    '~',
    '10%',
    '1e999',
    '.nan',
    '\t',
  ],
);

test('no text makes anything but InventoryErrors', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    fc.jsonValue().map((value) => stringify(value)),
  );
  // problemsOf passes on every other error.
  fc.assert(
    fc.property(anyText, (text) => {
      for (const line of problemsOf(text, inputs))
        expect(line).toMatch(/^f\.yaml(:[1-9]\d*:[1-9]\d*)? {2}\S/);
    }),
    { numRuns: 3000 },
  );
}, 20_000);

test('an inventory with one value of any kind in the place of a right one makes nothing but InventoryErrors', () => {
  const right = {
    version: 1,
    name: 'a',
    defaults: {
      ssh: { user: 'u', jump: 'j' },
      sync: { every: '1m', excludes: { system: ['/x'] } },
      image: { disks: { disk1: { sizeGiB: 1 } } },
    },
    limits: { concurrency: 1 },
    relays: [{ name: 'r' }],
    waves: [
      {
        name: 'w',
        servers: ['s'],
        maxFailures: '10%',
        window: { from: '00:00', to: '01:00', timezone: 'UTC' },
      },
    ],
    servers: [{ name: 's', host: 'h', tags: ['t'], dependsOn: [], verify: { boot: ['bios'], ports: [1] } }],
  };
  expect(problemsOf(stringify(right), inputs)).toEqual([]);
  const places = pathsOf(right);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      problemsOf(stringify(replaced(right, path, value)), inputs);
    }),
    { numRuns: 1500 },
  );
}, 20_000);

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,7}[a-z0-9])?$/);
const settings = fc.record(
  {
    ssh: fc.record(
      { user: name, port: fc.integer({ min: 1, max: 65_535 }), jump: fc.option(name), sudo: fc.boolean() },
      { requiredKeys: [] },
    ),
    image: fc.record({ format: fc.constantFrom('qcow2', 'raw', 'vpc', 'vmdk') }, { requiredKeys: [] }),
    verify: fc.record(
      {
        checksum: fc.boolean(),
        boot: fc.uniqueArray(fc.constantFrom('bios', 'uefi')),
        commands: fc.array(
          fc.string({ minLength: 1 }).filter((text) => text.trim() !== '' && !text.includes('${')),
        ),
        ports: fc.uniqueArray(fc.integer({ min: 1, max: 65_535 })),
      },
      { requiredKeys: [] },
    ),
    validDays: fc.integer({ min: 7, max: 90 }),
  },
  { requiredKeys: [] },
);

test('a valid inventory comes through unchanged, in block and in flow style, and passes the JSON Schema', () => {
  const inventory = fc
    .record({
      defaults: settings,
      servers: fc.uniqueArray(fc.tuple(name, settings), { minLength: 1, selector: (s) => s[0] }),
    })
    .map(({ defaults, servers }) => ({
      version: 1,
      name: 'a',
      defaults,
      servers: servers.map(([server, own]) => ({ name: server, host: `${server}.example.com`, ...own })),
    }));
  const jsonSchema = z.fromJSONSchema(inventoryJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  fc.assert(
    fc.property(inventory, fc.boolean(), (value, flow) => {
      const fleet = parsed(flow ? JSON.stringify(value) : stringify(value));
      expect(
        fleet.servers.map(({ name: server, host, overrides }) => ({ name: server, host, ...overrides })),
      ).toEqual(value.servers);
      for (const [field, own] of Object.entries(value.defaults)) {
        expect(fleet.defaults).toMatchObject({ [field]: own });
      }
      expect(jsonSchema.safeParse(value).error?.issues ?? []).toEqual([]);
    }),
    { numRuns: 200 },
  );
}, 20_000);

function pathsOf(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [[], ...entries.flatMap(([key, child]) => pathsOf(child).map((path) => [key, ...path]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === step ? replaced(item, rest, by) : item));
  const fields = value as Record<string, unknown>;
  return { ...fields, [step]: replaced(fields[String(step)], rest, by) };
}
