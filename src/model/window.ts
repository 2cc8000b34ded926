/** When a wave's window is open, by the clock of its time zone. Pure, and deterministic inside workflows. */
import type { WaveWindow } from './fleet.js';

const MINUTE_MS = 60_000;
/** A window opens or closes within a day, and a day may have 25 hours. */
const HORIZON_MINUTES = 26 * 60;

/** Whether the window is open at that moment: `from` belongs to it, `to` does not. From = to is the whole day. */
export function isOpen(window: WaveWindow, atMs: number): boolean {
  const now = minuteOfDay(window.timezone, atMs);
  const [from, to] = [minutes(window.from), minutes(window.to)];
  if (from === to) return true;
  return from < to ? now >= from && now < to : now >= from || now < to;
}

/** Milliseconds until it opens or closes next; rounded up to the start of a minute. Null: it never does. */
export function untilChange(window: WaveWindow, atMs: number): number | null {
  const open = isOpen(window, atMs);
  const nextMinute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  for (let minute = 0; minute < HORIZON_MINUTES; minute += 1) {
    const then = nextMinute + minute * MINUTE_MS;
    if (isOpen(window, then) !== open) return then - atMs;
  }
  return null;
}

function minutes(clock: string): number {
  const [hours = '0', rest = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(rest);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Changes of the clock (summer time) count as the clock shows them: an hour that is skipped has no minutes. */
function minuteOfDay(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return minutes(format.format(atMs));
}
