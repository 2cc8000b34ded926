import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../errors/catalogue.js';
import { readIfExists, writeAtomically } from '../files.js';

/** Why a receiver of the job was stopped. */
export interface ReceiverFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export async function readFailure(receiver: string): Promise<ReceiverFailure | null> {
  const text = await readIfExists(failureFile(receiver));
  return text === null ? null : (JSON.parse(text) as ReceiverFailure);
}

export async function writeFailure(receiver: string, failure: ReceiverFailure): Promise<void> {
  await writeAtomically(failureFile(receiver), JSON.stringify(failure));
}

/** A new attempt starts without the failure of the last one. */
export async function clearFailure(receiver: string): Promise<void> {
  await rm(failureFile(receiver), { force: true });
}

function failureFile(receiver: string): string {
  return join(receiver, 'failure.json');
}
