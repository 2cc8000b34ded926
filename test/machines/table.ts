import { renderTable } from '../../src/console/text.js';
import type { ProfileRow, ScenarioRow } from './results.js';

/** The table of profiles, and in full what is wrong with those that failed. */
export function renderProfiles(rows: readonly ProfileRow[]): string[] {
  const table = renderTable([
    [
      ...['PROFILE', 'SYNC MB', 'SECONDS', 'IMAGE S', 'BIOS BOOT S', 'UEFI BOOT S', 'FILES', 'DIFFERENCES'],
      ...['FAILED UNITS', 'SECOND BOOT S'],
    ],
    ...rows.map((row) => [
      row.profile,
      figure(row.syncBytes === null ? null : row.syncBytes / 1e6),
      figure(row.seconds),
      figure(row.imageSeconds),
      figure(row.biosSeconds),
      figure(row.uefiSeconds),
      figure(row.files),
      figure(row.differences),
      row.failedUnits === null ? '-' : `${row.failedUnits.image.length} of ${row.failedUnits.source.length}`,
      figure(row.secondBootSeconds),
    ]),
  ]);
  const failed = rows.filter(({ passed }) => !passed);
  return [...table, ...failed.flatMap(({ profile, ended }) => ['', `${profile}: ${ended}`])];
}

/** What was shown once, a line each. */
export function renderScenarios(rows: readonly ScenarioRow[]): string[] {
  return renderTable([
    ['SCENARIO', 'OUTCOME', 'SECONDS'],
    ...rows.map(({ scenario, passed, ended, took }) => [
      scenario,
      passed ? ended : `FAILED: ${ended}`,
      String(took),
    ]),
  ]);
}

function figure(value: number | null): string {
  return value === null ? '-' : String(Math.round(value));
}
