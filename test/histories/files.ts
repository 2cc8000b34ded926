/** Where recorded histories lie: `test/histories/<version>/<run>.history.gz`, as Temporal's protocol encodes them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import type { History } from '@temporalio/common/lib/proto-utils.js';

const SUFFIX = '.history.gz';
const { History: encoding } = proto.temporal.api.history.v1;

export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** All that lie in a folder, by version and run. */
export function readHistories(folder: string): Map<string, RecordedHistory> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith(SUFFIX),
  );
  return new Map(
    files.sort().map((file) => {
      const history = encoding.decode(gunzipSync(readFileSync(join(folder, file))));
      const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
      if (typeof workflowId !== 'string')
        throw new RangeError(`${file} does not begin with the start of a workflow`);
      return [file.slice(0, -SUFFIX.length), { workflowId, history }];
    }),
  );
}

/** What tells of the machine that recorded it, and is nothing to the workflow. */
const STRANGE = ['identity', 'stackTrace'];

/** Takes the place of what was recorded of that version. @returns bytes in all */
export function writeHistories(folder: string, histories: ReadonlyMap<string, History>): number {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (const [file, history] of histories) {
    const compressed = gzipSync(encoding.encode(withoutStrange(history)).finish(), { level: 9 });
    writeFileSync(join(folder, `${file}${SUFFIX}`), compressed);
    bytes += compressed.length;
  }
  return bytes;
}

function withoutStrange<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  for (const [key, inner] of Object.entries(value)) {
    if (STRANGE.includes(key)) Reflect.deleteProperty(value, key);
    // A queue that belongs to one worker alone has its host's name.
    else if (key === 'name' && Reflect.get(value, 'normalName')) Reflect.set(value, key, 'sticky');
    else withoutStrange(inner);
  }
  return value;
}
