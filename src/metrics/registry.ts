import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DEFINITIONS } from './definitions.js';

/** What `/metrics` tells of this process. */
export const registry = new Registry();

/** From a preflight of a second to a sync of a day. */
const STEP_SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

const registers = [registry];

interface Definition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

const gauge = <Label extends string>({ name, help, labels }: Definition<Label>): Gauge<Label> =>
  new Gauge({ name, help, labelNames: labels, registers });

const counter = <Label extends string>({ name, help, labels }: Definition<Label>): Counter<Label> =>
  new Counter({ name, help, labelNames: labels, registers });

const histogram = <Label extends string>(
  { name, help, labels }: Definition<Label>,
  buckets: number[],
): Histogram<Label> => new Histogram({ name, help, labelNames: labels, buckets, registers });

/** The metrics of {@link DEFINITIONS}. */
export const metrics = {
  servers: gauge(DEFINITIONS.servers),
  waveFailures: gauge(DEFINITIONS.waveFailures),
  waveFailureBudget: gauge(DEFINITIONS.waveFailureBudget),
  nextExpiry: gauge(DEFINITIONS.nextExpiry),
  dataLag: gauge(DEFINITIONS.dataLag),
  dataLagTarget: gauge(DEFINITIONS.dataLagTarget),
  relaySlots: gauge(DEFINITIONS.relaySlots),
  queueWorkers: gauge(DEFINITIONS.queueWorkers),
  syncBytes: counter(DEFINITIONS.syncBytes),
  syncRate: gauge(DEFINITIONS.syncRate),
  relayFree: gauge(DEFINITIONS.relayFree),
  relayCapacity: gauge(DEFINITIONS.relayCapacity),
  stepDuration: histogram(DEFINITIONS.stepDuration, STEP_SECONDS),
  stepFailures: counter(DEFINITIONS.stepFailures),
  retries: counter(DEFINITIONS.retries),
  scrapeIncomplete: gauge(DEFINITIONS.scrapeIncomplete),
};
