import { join } from 'node:path';
import type { MigrationResult } from '../model/job.js';
import { writeAtomically } from '../state/atomicFile.js';
import type { StateLayout } from '../state/layout.js';
import { renderHtml } from './html.js';
import { screenshotsHere } from './screenshots.js';

/** Writes a migration's report, with the screenshots that lie here, into the state folder; answers its path. */
export function writeReport(layout: StateLayout, result: MigrationResult): string {
  const file = join(layout.reportsDir, `${result.migration}.html`);
  writeAtomically(file, renderHtml(result, new Date(), screenshotsHere(result)));
  return file;
}
