import type { OptionSpec } from './spec.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly migration?: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

/** The same, as help and parser know them; the key is the name that commander makes of the flag. */
export const GLOBAL_OPTIONS: Readonly<Record<keyof GlobalOptions, OptionSpec>> = {
  stateDir: {
    flags: '--state-dir <dir>',
    description: 'state folder (FLEETLIFT_STATE_DIR; default ~/.local/state/fleetlift)',
  },
  migration: {
    flags: '--migration <name>',
    description: 'migration, where a server or wave name stands in several',
  },
  address: {
    flags: '--address <host:port>',
    description: 'Temporal to use (also TEMPORAL_* and temporal.toml; default: the embedded one)',
  },
  namespace: { flags: '--namespace <name>', description: 'namespace of that Temporal' },
  json: { flags: '--json', description: 'one JSON document on stdout; all else goes to stderr' },
};
