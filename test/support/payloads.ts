import { writeFileSync } from 'node:fs';
import type { DataConverter } from '@temporalio/common';
import { dataConverter } from '../../src/temporal/dataConverter.js';

/** Keeps nothing secret: every bench has it, so that each can replay what another one has recorded. */
const KEY = Buffer.alloc(32, 'bench');

/**
 * How clients and workers of a bench, and replays of its histories, encode payloads: signed, as in production.
 * @param keyFile - Written by this.
 */
export function benchPayloads(keyFile: string): {
  readonly client: DataConverter;
  readonly worker: DataConverter;
} {
  writeFileSync(keyFile, KEY, { mode: 0o600 });
  const settings = { payloadKeyFile: keyFile };
  return { client: dataConverter(settings, 'client'), worker: dataConverter(settings, 'worker') };
}
