import type { ServiceFacts } from '../model/facts.js';
import type { BootCheck } from './bootChecks.js';
import { poll } from './poll.js';
import type { Probe } from './probe.js';
import { safeLine } from './safeText.js';

/** `is-system-running` of a boot that goes on; early in it systemctl may not reach the manager yet. */
const UNSETTLED = ['initializing', 'starting', 'unknown', ''];
const SYSTEM_STATE =
  'if [ -d /run/systemd/system ]; then systemctl is-system-running 2>/dev/null; else echo no-systemd; fi';
const FAILED_UNITS = 'systemctl list-units --failed --all --full --plain --no-legend --no-pager';
const JOBS = 'systemctl list-jobs --full --plain --no-legend --no-pager';
const NAMED_UNITS = 10;

/** Waits until systemd has started what it starts, then judges: running, or not worse than the source was. */
export async function waitUntilSettled(
  ask: Probe,
  source: ServiceFacts,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BootCheck> {
  const state = await poll(
    async () => {
      const value = (await ask(SYSTEM_STATE)).trim();
      return { done: !UNSETTLED.includes(value), value };
    },
    timeoutMs,
    signal,
  );
  if (UNSETTLED.includes(state)) {
    const jobs = unitNames(await ask(JOBS), 1);
    const waiting = jobs.length === 0 ? '' : `; waiting for ${some(jobs)}`;
    return check(
      false,
      `still ${state || 'without an answer'} after ${Math.round(timeoutMs / 1000)} s${waiting}`,
    );
  }
  return judgeState(state, state === 'degraded' ? unitNames(await ask(FAILED_UNITS), 0) : [], source);
}

/** A unit may have failed only where it had failed on the source, too. */
export function judgeState(state: string, failed: readonly string[], source: ServiceFacts): BootCheck {
  if (state === 'no-systemd') return check(true, 'no systemd in it: units are not checked');
  if (state === 'running') return check(true, 'running');
  if (state !== 'degraded') return check(false, `the system’s state is ${safeLine(state, 60)}`);
  if (failed.length === 0) return check(false, 'degraded, but no failed unit is named');
  const worse = failed.filter((unit) => !source.failed.includes(unit));
  return worse.length === 0
    ? check(true, `degraded as the source was: ${some(failed)}`)
    : check(false, `failed here but not on the source: ${some(worse)}`);
}

/** Unit names out of a column of systemctl's plain lists; other words are not believed to be units. */
export function unitNames(text: string, column: number): string[] {
  return text.split('\n').flatMap((line) => {
    // Old systemctl puts a bullet before a failed unit, whatever it is told.
    const name = line.replace(/^[\s●*×]+/, '').split(/\s+/)[column];
    return name !== undefined && /^[\w:.\\@-]{1,255}\.[a-z]+$/.test(name) ? [name] : [];
  });
}

function some(units: readonly string[]): string {
  const more = units.length > NAMED_UNITS ? ` and ${units.length - NAMED_UNITS} more` : '';
  return units.slice(0, NAMED_UNITS).join(', ') + more;
}

function check(ok: boolean, detail: string): BootCheck {
  return { name: 'system state', ok, detail };
}
