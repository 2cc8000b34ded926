import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../errors/catalogue.js';
import { readIfExists, writeAtomically } from '../files.js';

/** Why a receiver of the job was stopped. */
export interface ReceiverFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Room kept for a failure, bytes: the one that matters most is told when the disk has none left. */
const ROOM_BYTES = 4096;

export async function readFailure(receiver: string): Promise<ReceiverFailure | null> {
  const text = (await readIfExists(failureFile(receiver)))?.trim() ?? '';
  return text === '' ? null : (JSON.parse(text) as ReceiverFailure);
}

/** Written over the room that {@link clearFailure} kept. */
export async function writeFailure(receiver: string, failure: ReceiverFailure): Promise<void> {
  const content = Buffer.alloc(ROOM_BYTES, ' ');
  if (content.write(JSON.stringify(failure)) === ROOM_BYTES) throw new Error(`too long: ${failure.message}`);
  const handle = await open(failureFile(receiver), 'r+');
  try {
    await handle.write(content, 0, ROOM_BYTES, 0);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A new attempt starts without the failure of the last one, and with room for its own. */
export async function clearFailure(receiver: string): Promise<void> {
  await writeAtomically(failureFile(receiver), ' '.repeat(ROOM_BYTES));
}

function failureFile(receiver: string): string {
  return join(receiver, 'failure.json');
}
