interface Check {
  readonly what: string;
  readonly holds: boolean;
  readonly told: string;
}

/** What the test has looked at so far. */
export const checks: Check[] = [];

/** Notes and prints whether something is as it must be, and what was seen of it. */
export function check(what: string, holds: boolean, told: string | number): void {
  checks.push({ what, holds, told: String(told) });
  console.log(`${holds ? '✓' : '✗'} ${what}: ${told}`);
}
