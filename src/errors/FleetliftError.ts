import { CATALOGUE, type ErrorCode } from './catalogue.js';

export interface FleetliftErrorDetails {
  /** What failed, in one sentence: on which server and disk, and why. */
  readonly message: string;
  /** Overrides the catalogue's remedy where the case at hand allows a better one. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error class of fleetlift: a code of the catalogue, what happened, and what to do. */
export class FleetliftError extends Error {
  override readonly name = 'FleetliftError';
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly retryable: boolean;

  constructor(code: ErrorCode, details: FleetliftErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy ?? CATALOGUE[code].remedy;
    this.retryable = CATALOGUE[code].retryable;
  }
}
