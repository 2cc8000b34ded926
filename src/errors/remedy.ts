/** A remedy of the catalogue as a command to type: the server's own name stands where the catalogue says SERVER. */
export function remedyFor(remedy: string, server: string): string {
  return remedy.replace(/\bSERVER\b/g, server);
}
