import type { StateLayout } from '../state/layout.js';
import type { GlobalOptions } from './globals.js';
import type { Output } from './output.js';
import type { Session } from './session.js';

/** What every command is given. */
export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly layout: StateLayout;
  readonly output: Output;
  /** Temporal, connected when first asked for. */
  readonly session: Session;
}
