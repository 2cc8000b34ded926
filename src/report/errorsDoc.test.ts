import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CATALOGUE } from '../errors/catalogue.js';
import { renderErrors } from '../errors/renderErrors.js';

it('docs/errors.md is up to date (else: npm run build && node scripts/docs.mjs)', () => {
  expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(renderErrors());
});

it('has every code once', () => {
  const codes = [...renderErrors().matchAll(/^\| `([EWI]-[A-Z0-9-]+)`/gm)].map(([, code]) => code);
  expect(codes.sort()).toEqual(Object.keys(CATALOGUE).sort());
});
