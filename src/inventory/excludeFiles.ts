import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InventoryProblem } from './problems.js';
import { excludeRule } from './excludeRules.js';

/** A file of a folder that `sync.excludesDir` names. */
export interface ExcludeFile {
  /** Its own name, without folders. */
  readonly name: string;
  /** As shown in messages. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** The files of such a folder. May throw what the file system throws. */
export type ReadExcludes = (folder: string) => readonly ExcludeFile[];

export interface ExcludesOfFolder {
  /** Rules by disk: `system`, `disk1` … */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly problems: readonly InventoryProblem[];
}

/** Names after Alibaba SMC's, whose folders are read as they are; the `_win` ones are for Windows sources. */
const EXCLUDE_FILE = /^rsync_excludes_linux(?:_(disk[1-9][0-9]{0,2}))?\.txt$/;

/** Reads the exclude files of a folder from disk, other files left aside. */
export const readExcludesFromDisk: ReadExcludes = (folder) =>
  readdirSync(folder)
    .filter((name) => EXCLUDE_FILE.test(name))
    .sort()
    .map((name) => ({ name, path: join(folder, name), content: readFileSync(join(folder, name)) }));

/** The rules of a folder's files by disk; null: none of its files is an exclude file. */
export function excludesOf(files: readonly ExcludeFile[]): ExcludesOfFolder | null {
  const rules: Record<string, string[]> = {};
  const problems: InventoryProblem[] = [];
  for (const file of files) {
    const match = EXCLUDE_FILE.exec(file.name);
    if (match === null) continue;
    const read = readExcludeFile(file);
    rules[match[1] ?? 'system'] = read.rules;
    problems.push(...read.problems);
  }
  return Object.keys(rules).length === 0 ? null : { rules, problems };
}

/** As rsync reads a file of `--exclude-from`: blank lines and lines that begin with `#` or `;` are skipped. */
function readExcludeFile(file: ExcludeFile): { rules: string[]; problems: InventoryProblem[] } {
  const rules: string[] = [];
  const problems: InventoryProblem[] = [];
  const fail = (line: number, message: string) =>
    problems.push({ file: file.path, line, column: 1, code: 'E-INVENTORY', message, hint: null });
  for (const [index, bytes] of linesOf(file.content).entries()) {
    const text = utf8(bytes);
    if (text === null) {
      fail(index + 1, 'the line is not UTF-8; write "?" for each byte of such a name');
      continue;
    }
    if (text.trim() === '' || /^[#;]/.test(text)) continue;
    const result = excludeRule(text);
    if ('rule' in result) rules.push(result.rule);
    else fail(index + 1, `${JSON.stringify(text.slice(0, 60))} is no exclude pattern: ${result.fault}`);
  }
  return { rules, problems };
}

function linesOf(content: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(0x0a, start);
    const end = newline === -1 ? content.length : newline;
    // Files that were edited on Windows end their lines in CR LF.
    lines.push(content.subarray(start, content[end - 1] === 0x0d && end > start ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
