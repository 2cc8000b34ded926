import { FleetliftError } from '../errors/FleetliftError.js';

/** Wrong usage: exit status 2. The remedy is the next command to type. */
export function usageError(message: string, remedy: string): FleetliftError {
  return new FleetliftError('E-USAGE', { message, remedy });
}

/** A whole number of at least `least`, given by `flag`. */
export function parseCount(flag: string, least: number): (value: string) => number {
  return (value) => {
    const count = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < least) {
      throw usageError(
        `${flag} takes a whole number of at least ${least}, not "${value}"`,
        'fleetlift --help',
      );
    }
    return count;
  };
}
