import { shellQuote } from './shellQuote.js';

/** How a session's commands become root. */
export type RootMethod = 'login' | 'sudo';

/**
 * What is sent to the server for a command. It always goes through `sh`, since the login shell of a server may be
 * csh or fish, and those read other syntax.
 */
export function remoteCommand(command: string, rootMethod: RootMethod, root: boolean): string {
  const inShell = `sh -c ${shellQuote(command)}`;
  return root && rootMethod === 'sudo' ? `sudo -n -- ${inShell}` : inShell;
}
