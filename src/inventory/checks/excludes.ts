import { excludesOf, type ReadExcludes } from '../excludeFiles.js';
import { fieldsOf, listOf, valueAt } from '../outline.js';
import type { FieldPath, InventoryProblem, Issue } from '../problems.js';

export type ExcludeRules = Readonly<Record<string, readonly string[]>>;

export interface ExcludeFolders {
  /** Rules by disk of each folder that a `sync.excludesDir` names. */
  readonly rules: ReadonlyMap<string, ExcludeRules>;
  readonly issues: readonly Issue[];
  /** What is wrong in the files themselves. */
  readonly problems: readonly InventoryProblem[];
}

/** Reads each folder of `sync.excludesDir` once. */
export function readExcludeFolders(value: unknown, readExcludes: ReadExcludes): ExcludeFolders {
  const rules = new Map<string, ExcludeRules>();
  const problems: InventoryProblem[] = [];
  const faults = new Map<string, string>();
  const root = fieldsOf(value);
  const settings: FieldPath[] = [
    ['defaults'],
    ...listOf(root['servers']).map((_, index) => ['servers', index]),
  ];
  const issues = settings.flatMap((place): Issue[] => {
    const path = [...place, 'sync', 'excludesDir'];
    const folder = valueAt(root, path);
    if (typeof folder !== 'string') return [];
    if (!rules.has(folder) && !faults.has(folder)) {
      const found = readFolder(folder, readExcludes);
      if (typeof found === 'string') faults.set(folder, found);
      else {
        rules.set(folder, found.rules);
        problems.push(...found.problems);
      }
    }
    const message = faults.get(folder);
    return message === undefined ? [] : [{ path, message }];
  });
  return { rules, issues, problems };
}

function readFolder(folder: string, readExcludes: ReadExcludes) {
  try {
    return excludesOf(readExcludes(folder)) ?? 'the folder of excludesDir holds no rsync_excludes_linux*.txt';
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `the folder of excludesDir cannot be read (${reason})`;
  }
}
