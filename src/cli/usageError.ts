import { InvalidArgumentError } from 'commander';
import { FleetliftError } from '../errors/FleetliftError.js';

/** Wrong usage: exit status 2. The remedy is the next command to type. */
export function usageError(message: string, remedy: string): FleetliftError {
  return new FleetliftError('E-USAGE', { message, remedy });
}

/** The remedy where a command could mean several migrations: what to add to it, with one of them. */
export function sayWhich([first = 'NAME']: readonly string[]): string {
  return `the same with --migration, as in: --migration ${first}`;
}

/** A whole number of at least `least`. */
export function parseCount(least: number): (value: string) => number {
  return (value) => {
    const count = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < least) {
      throw new InvalidArgumentError(`It takes a whole number of at least ${least}, not "${value}".`);
    }
    return count;
  };
}
