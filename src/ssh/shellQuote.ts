/**
 * Quotes text as one word of a POSIX shell: everything between single quotes stands for itself.
 * @throws TypeError where the text holds a NUL, which no argument of a process can.
 */
export function shellQuote(text: string): string {
  if (text.includes('\0')) throw new TypeError('an argument of a command cannot hold a NUL');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
