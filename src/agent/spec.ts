/**
 * What the agent is to do, as it reads it: `NAME BASE64` lines, each of which becomes a file, and a last line `end`,
 * without which the agent refuses it: the connection broke on the way. No value of the inventory or of a source ever
 * stands where a shell would read it.
 *
 * @param files - names are of the letters a to z, digits and dots
 */
export function encodeSpec(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}\n`)
    .concat('end\n')
    .join('');
}

/** The list of filesystems in a spec, one id a line. */
export function idLines(ids: readonly string[]): string {
  return ids.map((id) => `${id}\n`).join('');
}
