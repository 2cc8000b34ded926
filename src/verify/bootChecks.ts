import type { CommandResult } from '../model/job.js';

/** One check of a booted image. */
export interface BootCheck {
  /** What was looked at, e.g. `mount /srv/data`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in one line that is safe to show. */
  readonly detail: string;
}

export interface BootChecks {
  readonly checks: readonly BootCheck[];
  /** The operator's own commands with what they printed. */
  readonly commands: readonly CommandResult[];
}
