import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { OsFacts } from '../model/facts.js';
import { renderSupport } from './renderSupport.js';
import { TRIED, trialOf } from './support.js';

const ROOT = new URL('../../', import.meta.url);
const os = (id: string, versionId: string): OsFacts => ({ id, versionId, idLike: [], prettyName: id });

it('docs/support.md is up to date (else: npm run build && node scripts/docs.mjs)', () => {
  expect(readFileSync(new URL('docs/support.md', ROOT), 'utf8')).toBe(renderSupport());
});

it('claims nothing without a test, and every layout is in it', () => {
  expect(TRIED.map(({ test }) => test).filter((test) => !existsSync(new URL(test, ROOT)))).toEqual([]);
  const layouts = readdirSync(new URL('src/relay/image/layouts/', ROOT)).map(
    (name) => `src/relay/image/layouts/${name}`,
  );
  expect(layouts.filter((layout) => !TRIED.some(({ test }) => test === layout))).toEqual([]);
});

it.each([
  ['debian', '12', 'booted here'],
  ['debian', '13', 'booted here'],
  ['debian', '10', null],
  ['rocky', '9.3', 'tested on layouts'],
  ['centos', '7', 'tested on layouts'],
  ['sles', '15.4', 'tested on layouts'],
  ['ubuntu', '22.04', 'tested on layouts'],
  ['ubuntu', '22.10', null],
  ['rhel', '80', null],
  ['gentoo', '', null],
])('%s %s: %s', (id, version, trial) => {
  expect(trialOf(os(id, version))).toBe(trial);
});
