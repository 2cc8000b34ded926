import { CATALOGUE } from '../errors/catalogue.js';
import type { SourceFacts } from '../model/facts.js';
import type { Finding, Severity } from '../model/job.js';
import { BOOT_CHECKS } from './bootChecks.js';
import { DISK_CHECKS } from './diskChecks.js';
import { PLACE_CHECKS } from './placeChecks.js';
import { SERVICE_CHECKS } from './serviceChecks.js';
import { SNAPSHOT_CHECK } from './snapshotCheck.js';
import { TOOL_CHECKS } from './toolChecks.js';
import type { Check, Found, PreflightContext } from './types.js';

export type { PreflightContext } from './types.js';

/** Every check, in the order in which an operator would mend. After the preflight tables of SMC's and Tencent's FAQs. */
export const CHECKS: readonly Check[] = [
  ...TOOL_CHECKS,
  ...PLACE_CHECKS,
  ...BOOT_CHECKS,
  ...DISK_CHECKS,
  SNAPSHOT_CHECK,
  ...SERVICE_CHECKS,
];

const ORDER: readonly Severity[] = ['blocking', 'warning', 'information'];

/** Judges a source: its findings, blocking ones first. An empty list is a server that can be migrated as it is. */
export function preflight(facts: SourceFacts, context: PreflightContext): Finding[] {
  return CHECKS.flatMap((check) => asList(check.run(facts, context)))
    .map(({ code, message, remedy }) => ({
      severity: severityOf(code),
      code,
      message,
      remedy: remedy ?? CATALOGUE[code].remedy,
    }))
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function asList(found: Found | readonly Found[] | null): readonly Found[] {
  if (found === null) return [];
  return 'code' in found ? [found] : found;
}

function severityOf(code: string): Severity {
  if (code.startsWith('E-')) return 'blocking';
  return code.startsWith('W-') ? 'warning' : 'information';
}
