import type { ErrorCode } from '../errors/catalogue.js';
import type { SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import type { RelayReach } from './relayReach.js';

/** What the checks know besides the facts. */
export interface PreflightContext {
  readonly server: Server;
  readonly relay: {
    /** null: it could not be asked. */
    readonly reach: (RelayReach & { readonly reached: boolean }) | null;
    readonly freeBytes: number | null;
    /** What it could give to one job at most. */
    readonly capacityBytes: number | null;
    readonly neededBytes: number | null;
    readonly imageNameTaken: boolean;
  };
}

/** What a check found: the catalogue tells the severity by the code's letter, and the remedy unless one is given. */
export interface Found {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
}

/** One row of preflight's table. */
export interface Check {
  readonly id: string;
  /** What it looks at, for the documentation. */
  readonly what: string;
  run(facts: SourceFacts, context: PreflightContext): Found | readonly Found[] | null;
}
