import { withoutOldMachine } from '../../../plan/commandLine.js';

export const CONSOLES: readonly string[] = ['console=tty0', 'console=ttyS0,115200'];

/**
 * The kernel parameters of the image: the kept ones in their order, once each, and a console on screen and serial line.
 * The last console is where the server's own messages go, so ours come last only where the server had none on a line.
 */
export function imageParameters(...sources: readonly (readonly string[])[]): string[] {
  const kept: string[] = [];
  for (const word of withoutOldMachine(sources.flat())) {
    if (!kept.includes(word)) kept.push(word);
  }
  return withConsoles(kept);
}

/** With a console on the screen and one on the serial line. */
export function withConsoles(words: readonly string[]): string[] {
  const missing = CONSOLES.filter((wanted) => {
    const device = wanted.split(',')[0] ?? wanted;
    return !words.some((word) => word === device || word.startsWith(`${device},`));
  });
  const screen = missing.filter((word) => word.startsWith('console=tty0'));
  const serial = missing.filter((word) => !word.startsWith('console=tty0'));
  const first = words.findIndex((word) => word.startsWith('console='));
  const at = first === -1 ? words.length : first;
  return [...words.slice(0, at), ...screen, ...words.slice(at), ...serial];
}
