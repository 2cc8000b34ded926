import type { ServiceFacts } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { capped } from './values.js';

const MAX_UNITS = 10_000;

/** What systemd runs, and what failed. */
export function readServices(evidence: Evidence): ServiceFacts {
  // It exits with an error where a unit failed, and still says how the system is.
  const state = evidence.command('system-state').out.trim();
  return {
    active: unitsOf(evidence.output('units')),
    failed: unitsOf(evidence.output('failed-units')),
    systemState: /^[a-z-]{1,32}$/.test(state) && state !== 'offline' ? state : null,
  };
}

/** First column; some versions put a dot before failed units in spite of `--plain`. */
function unitsOf(text: string | null): readonly string[] {
  const units = linesOf(text).flatMap((line) => {
    const unit = line.replace(/^[\s●*]+/, '').split(/\s/)[0] ?? '';
    return /^[A-Za-z0-9:_.\\@-]{1,256}$/.test(unit) ? [unit] : [];
  });
  return capped(units, MAX_UNITS, 'units');
}
