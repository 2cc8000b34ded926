/** Words of a kernel's command line; a value may hold spaces between double quotes. */
export function splitCommandLine(commandLine: string): string[] {
  return commandLine.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
}
