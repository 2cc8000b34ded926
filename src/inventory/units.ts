/** `10s 15m 2h 7d`: one whole number and one unit, nothing below a second. */
export const durationPattern = /^[1-9][0-9]{0,5}[smhd]$/;

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration that {@link durationPattern} has let through. */
export function durationMs(duration: string): number {
  const unit = duration.slice(-1) as keyof typeof UNIT_MS;
  return Number(duration.slice(0, -1)) * UNIT_MS[unit];
}

/** A whole count up to 100 %, as text. */
export const percentagePattern = /^(100|[1-9]?[0-9])%$/;

/** A count, or a percentage of `total` rounded down. */
export function countOf(amount: number | string, total: number): number {
  return typeof amount === 'number' ? amount : Math.floor((total * Number(amount.slice(0, -1))) / 100);
}
