import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from './usageError.js';

/**
 * Writes a file that the operator has asked for; its folder is made where it is missing.
 *
 * @param flag - as of `open`: `wx` refuses a file that is there already
 * @throws E-USAGE where it cannot be written
 */
export function writeOutput(file: string, content: string, flag: 'w' | 'wx' = 'w'): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { flag });
  } catch (error) {
    throw usageError(
      `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      'name a file in a folder that you may write to',
    );
  }
}
