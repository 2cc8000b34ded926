import { DateTime } from 'luxon';
import { nowIn } from '../parseTime.js';

/** `2026-12-01 02:00 Asia/Shanghai (2026-11-30 18:00 UTC)`; seconds only where there are some. */
export function showTime(iso: string, zone?: string): string {
  const utc = DateTime.fromISO(iso, { zone: 'UTC' });
  const local = utc.setZone(nowIn(zone).zone);
  const format = utc.second === 0 ? 'yyyy-MM-dd HH:mm' : 'yyyy-MM-dd HH:mm:ss';
  const shown = `${utc.toFormat(format)} UTC`;
  return local.zoneName === 'UTC' ? shown : `${local.toFormat(format)} ${local.zoneName ?? ''} (${shown})`;
}
