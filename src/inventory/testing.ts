import type { Fleet } from '../model/fleet.js';
import { parseFleet, type ParseOptions } from './parse.js';
import { formatProblem, InventoryErrors } from './problems.js';

const options = (own: Partial<ParseOptions>): ParseOptions => ({
  file: 'f.yaml',
  env: {},
  readExcludes: (folder) => {
    throw new Error(`no folder ${folder} in this test`);
  },
  ...own,
});

/** For tests: the fleet of a text called f.yaml, without environment and without folders of excludes. */
export function parsed(text: string, own: Partial<ParseOptions> = {}): Fleet {
  return parseFleet(text, options(own));
}

/** For tests: the lines that tell what is wrong with a text; none, if nothing is. */
export function problemsOf(text: string, own: Partial<ParseOptions> = {}): string[] {
  try {
    parsed(text, own);
    return [];
  } catch (error) {
    if (!(error instanceof InventoryErrors)) throw error;
    return error.errors.map(formatProblem);
  }
}
