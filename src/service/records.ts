import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { FleetliftError } from '../errors/FleetliftError.js';
import { writeAtomically } from '../state/atomicFile.js';
import type { StateLayout } from '../state/layout.js';
import { isAlive } from './processes.js';

const processFields = { pid: z.number().int().positive(), startTime: z.string() };

const endpointSchema = z.object({
  ...processFields,
  protocol: z.literal(1),
  version: z.string(),
  address: z.string(),
  namespace: z.string(),
  uiUrl: z.string(),
  metricsUrl: z.string(),
});
/** Where the running service is found; written when it is ready. */
export type ServiceEndpoint = z.infer<typeof endpointSchema>;

const temporalSchema = z.object({
  ...processFields,
  port: z.number().int(),
  uiPort: z.number().int(),
});
/** The service's Temporal, so that a later service finds what a killed one left, and takes the same ports. */
export type TemporalRecord = z.infer<typeof temporalSchema>;

/** The endpoint of the service that runs now; null: none runs (a file that a killed one left counts as none). */
export function readEndpoint(layout: StateLayout): ServiceEndpoint | null {
  const endpoint = readRecord(layout.serviceFile, endpointSchema);
  return endpoint !== null && isAlive(endpoint) ? endpoint : null;
}

export function writeEndpoint(layout: StateLayout, endpoint: ServiceEndpoint): void {
  writeAtomically(layout.serviceFile, `${JSON.stringify(endpoint, null, 2)}\n`);
}

export function removeEndpoint(layout: StateLayout): void {
  rmSync(layout.serviceFile, { force: true });
}

/** The last Temporal of this state folder, running or not. */
export function readTemporalRecord(layout: StateLayout): TemporalRecord | null {
  return readRecord(layout.temporalFile, temporalSchema);
}

export function writeTemporalRecord(layout: StateLayout, record: TemporalRecord): void {
  writeAtomically(layout.temporalFile, `${JSON.stringify(record, null, 2)}\n`);
}

function readRecord<T>(path: string, schema: z.ZodType<T>): T | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new FleetliftError('E-STATE-DIR', {
      message: `${path} is not what fleetlift wrote there`,
      remedy: `look whether a fleetlift service still runs, then remove the file and try again`,
      cause: error,
    });
  }
}
