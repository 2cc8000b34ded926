/** The record of a source: what its workflow keeps. */
import type { JobRef } from './job.js';

export interface SourceClaim {
  readonly sourceId: string;
  readonly job: JobRef;
  readonly hostname: string;
  readonly host: string;
}

export interface SourceRecord {
  readonly id: string;
  hostname: string;
  host: string;
  /** Id of the unfinished job that holds the source; null: none. */
  holder: string | null;
  /** Id of the last job that held it. */
  lastJob: string | null;
}

/** `source/<id>`: the id of a source's workflow. */
export function sourceWorkflowId(sourceId: string): string {
  return `source/${sourceId}`;
}
