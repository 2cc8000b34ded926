import { agentOutputError } from './agentOutput.js';
import type { Evidence } from './evidence.js';
import { readable } from './values.js';

/** Our clock when the facts were asked for and when they were there, milliseconds of Unix time. */
export interface Timing {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** Source's clock minus ours, milliseconds: what it said first and last, held against when we asked and heard. */
export function clockSkewMs(evidence: Evidence, timing: Timing): number {
  const source = (dateMs(evidence, 'date-start') + dateMs(evidence, 'date-end')) / 2;
  return Math.round(source - (timing.sentAtMs + timing.receivedAtMs) / 2);
}

/** The zone's name as /etc/localtime links to it, or /etc/timezone says. */
export function timezoneOf(evidence: Evidence): string | null {
  const linked = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(
    (evidence.output('localtime') ?? '').trim(),
  )?.[1];
  const name = linked ?? (evidence.file('/etc/timezone') ?? '').trim();
  return /^[A-Za-z0-9._+/-]+$/.test(name) ? readable(name, 64) : null;
}

/** `date +%s.%N`; a date that doesn't know %N leaves something else there: then it is half past the second. */
function dateMs(evidence: Evidence, name: string): number {
  const [, seconds, nanoseconds] = /^(\d{1,11})(?:\.(\d{9}))?/.exec(evidence.output(name) ?? '') ?? [];
  if (seconds === undefined) throw agentOutputError('the clock says nothing');
  return Number(seconds) * 1000 + (nanoseconds === undefined ? 500 : Number(nanoseconds) / 1e6);
}
