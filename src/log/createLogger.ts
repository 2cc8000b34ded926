import { isatty } from 'node:tty';
import { pino, type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import { hideEnvironment, withoutSecrets } from './secrets.js';

/**
 * The log of a long-running process: one line an event, JSON for machines, words on a terminal. Passwords and tokens
 * of this process are taken out of every line.
 *
 * @param descriptor - 1 or 2; written at once, so that nothing is lost when the process dies.
 */
export function createLogger(descriptor: 1 | 2, env: NodeJS.ProcessEnv = process.env): Logger {
  hideEnvironment(env);
  const options: LoggerOptions = {
    base: { pid: process.pid },
    level: env['FLEETLIFT_LOG_LEVEL'] || 'info',
    hooks: { streamWrite: withoutSecrets },
  };
  return isatty(descriptor)
    ? pino(options, pretty({ destination: descriptor, sync: true, ignore: 'pid' }))
    : pino(options, pino.destination({ dest: descriptor, sync: true }));
}
