import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from './commandTable.js';
import { renderCommands } from './renderCommands.js';

it('docs/commands.md is up to date (else: npm run build && node scripts/docs.mjs)', async () => {
  const file = new URL('../../docs/commands.md', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(await renderCommands());
});

it('has every command and subcommand, each with an example', async () => {
  const text = await renderCommands();
  for (const { name, load } of COMMANDS) {
    const { subcommands = [] } = await load();
    for (const path of [name, ...subcommands.map((sub) => `${name} ${sub.name}`)]) {
      expect(text).toMatch(new RegExp(`^#{2,3} ${path}$`, 'm'));
    }
  }
  expect(text.match(/^```sh\n```$/gm)).toBeNull();
});
