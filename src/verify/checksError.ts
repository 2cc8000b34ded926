import { FleetliftError } from '../errors/FleetliftError.js';
import type { BootChecks } from './bootChecks.js';

/** E-BOOT-CHECKS that names each failed check; null where every one passed. */
export function checksError({ checks }: BootChecks, server: string): FleetliftError | null {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return null;
  const each = failed.map(({ name, detail }) => `${name}: ${detail}`.replace(/[:\s]+$/, '')).join('; ');
  return new FleetliftError('E-BOOT-CHECKS', {
    message: `the booted image of ${server} failed ${failed.length} of ${checks.length} checks: ${each}`,
  });
}
