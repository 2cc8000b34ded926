import type { MetricsAddress } from '../worker.js';
import type { OptionSpec } from './spec.js';
import { parseCount } from './usageError.js';

/** What the long-running processes are told of their metrics. */
export interface MetricsOptions {
  metricsPort?: number;
  metricsHost?: string;
}

export const metricsOptions: readonly OptionSpec[] = [
  {
    flags: '--metrics-port <port>',
    description: 'serve /metrics on this port; default: any free one, which the log tells',
    parse: parseCount(1),
  },
  {
    flags: '--metrics-host <address>',
    description: 'serve /metrics on this address; default: 127.0.0.1, since it tells names of servers',
  },
];

export function metricsAddress({ metricsPort, metricsHost }: MetricsOptions): MetricsAddress {
  return { port: metricsPort ?? 0, host: metricsHost ?? '127.0.0.1' };
}
