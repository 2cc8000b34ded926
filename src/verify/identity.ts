import type { SourceIdentity } from '../model/facts.js';
import type { BootCheck } from './bootChecks.js';
import { safeLine } from './safeText.js';

/** The image calls itself what the source calls itself. */
export function hostnameCheck(text: string, { hostname }: SourceIdentity): BootCheck {
  return same('host name', text, hostname);
}

/** The machine-id has come along; a source without one has nothing to compare. */
export function machineIdCheck(text: string, { machineId }: SourceIdentity): BootCheck[] {
  return machineId === null ? [] : [same('machine-id', text, machineId)];
}

function same(name: string, text: string, expected: string): BootCheck {
  const found = text.trim();
  const ok = found === expected;
  const shown = safeLine(found) || 'nothing';
  return { name, ok, detail: ok ? shown : `${shown} instead of ${safeLine(expected)}` };
}
