/** Where recorded histories lie: `test/histories/<version>/<run>.json`. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';

export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** All that lie in a folder, by version and file. */
export function readHistories(folder: string): Map<string, RecordedHistory> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  return new Map(
    files.sort().map((file) => {
      const { workflowId, history } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        workflowId: string;
        history: unknown;
      };
      return [file, { workflowId, history: historyFromJSON(history) }];
    }),
  );
}

/** Takes the place of what was recorded of that version. @returns bytes in all */
export function writeHistories(folder: string, histories: ReadonlyMap<string, RecordedHistory>): number {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (const [file, { workflowId, history }] of histories) {
    const text = `${JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown })}\n`;
    writeFileSync(join(folder, `${file}.json`), text);
    bytes += Buffer.byteLength(text);
  }
  return bytes;
}
