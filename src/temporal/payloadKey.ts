import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, linkSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { writeAtomically } from '../state/atomicFile.js';

const KEY_BYTES = 32;
const OTHERS = 0o077;

/**
 * The key that the payloads of a fleet are signed with.
 *
 * @throws E-PAYLOAD-KEY where the file cannot be read, can be read by others than its owner, or is too short.
 */
export function readPayloadKey(path: string): Buffer {
  const file = open(path);
  try {
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & OTHERS) !== 0) {
      throw new FleetliftError('E-PAYLOAD-KEY', {
        message: `the key ${path} can be read by others than its owner (mode ${mode.toString(8).padStart(4, '0')})`,
        remedy: `if nobody has read it: chmod 600 ${path}; else put a new key in its place`,
      });
    }
    const key = readFileSync(file);
    if (key.length >= KEY_BYTES) return key;
    throw new FleetliftError('E-PAYLOAD-KEY', {
      message: `the key ${path} has ${key.length} bytes, and needs ${KEY_BYTES}`,
    });
  } finally {
    closeSync(file);
  }
}

/** Makes a key where there is none. Of several processes at once one makes it, and all find that one. */
export function makePayloadKey(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeAtomically(own, randomBytes(KEY_BYTES));
  try {
    // Unlike a rename, a link never takes the place of a file that is there.
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new FleetliftError('E-PAYLOAD-KEY', {
      message: `the key ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}
