import type { SshSession } from '../ssh/types.js';

/** Asks the image one question; what cannot be answered (a missing tool, a missing file) is an empty text. */
export type Probe = (command: string) => Promise<string>;

const TIMEOUT_MS = 60_000;
/** A mount table of thousands of entries has its place in this. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Questions over a session, as root, each with a deadline and a cap. */
export function probe(session: SshSession, signal: AbortSignal): Probe {
  return async (command) => {
    const { stdout } = await session.exec(command, {
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
    return stdout.toString('utf8');
  };
}
