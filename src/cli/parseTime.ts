import { DateTime } from 'luxon';
import { usageError } from './usageError.js';

/**
 * A time of the operator's, by this machine's clock and zone unless it names another: `02:00` is the next one,
 * `2026-12-01T02:00`, `2026-12-01T02:00+08:00`.
 *
 * @returns ISO, in UTC, whole seconds
 * @throws E-USAGE where it is no time, or is past
 */
export function parseTime(text: string, now: DateTime = DateTime.now()): string {
  const onlyTime = /^\d{1,2}:\d{2}$/.test(text);
  const time = onlyTime
    ? DateTime.fromFormat(text, 'H:mm', { zone: now.zone }).set({
        year: now.year,
        month: now.month,
        day: now.day,
      })
    : DateTime.fromISO(text, { zone: now.zone });
  if (!time.isValid) throw usageError(`"${text}" is no time`, 'write 02:00 or 2026-12-01T02:00');
  const next = onlyTime && time <= now ? time.plus({ days: 1 }) : time;
  if (next <= now) throw usageError(`${next.toISO()} is past`, 'name a time to come');
  return next.plus({ milliseconds: 999 }).startOf('second').toUTC().toISO({ suppressMilliseconds: true });
}

/** Now by the clock of a time zone; undefined: of this machine's. @throws E-USAGE where there is no such zone */
export function nowIn(zone: string | undefined): DateTime<true> {
  const now = zone === undefined ? DateTime.now() : DateTime.now().setZone(zone);
  if (now.isValid) return now;
  throw usageError(`"${zone ?? ''}" is no time zone`, 'write it as in Asia/Shanghai or UTC');
}
