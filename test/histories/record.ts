/** Records the histories of this version: `npm run record-histories`. Run for each release, and kept for ever. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import { historiesOf } from '../support/histories.js';
import { WorkflowBench } from '../support/workflowBench.js';
import { writeHistories } from './files.js';
import { RUNS } from './runs.js';

const { version } = JSON.parse(readFileSync(join(PROJECT_DIR, 'package.json'), 'utf8')) as {
  version: string;
};
const code = readFileSync(join(PROJECT_DIR, 'dist', 'workflow-bundle.js'), 'utf8');
const bench = await WorkflowBench.start({ bundle: { code }, continueAsNewAt: null });
try {
  const histories = new Map<string, History>();
  for (const [name, run] of Object.entries(RUNS)) {
    process.stderr.write(`record: ${name}\n`);
    for (const { file, workflowId } of await run(bench, name)) {
      const runs = await historiesOf(bench.env.client, workflowId);
      for (const [at, history] of runs.entries()) {
        histories.set(runs.length === 1 ? file : `${file}.${at + 1}`, history);
      }
    }
  }
  const folder = join(PROJECT_DIR, 'test', 'histories', version);
  const bytes = writeHistories(folder, histories);
  console.log(`${histories.size} histories, ${Math.ceil(bytes / 1024)} KiB, in ${folder}`);
} finally {
  await bench.dispose();
}
