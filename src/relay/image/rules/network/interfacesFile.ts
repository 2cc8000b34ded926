import type { ServerTree } from '../../tree/ServerTree.js';

export const INTERFACES = '/etc/network/interfaces';
export const INTERFACES_FOLDER = '/etc/network/interfaces.d';

/** Text of ifupdown's settings: the file, and those of its folder. */
export async function readInterfaces(tree: ServerTree): Promise<string> {
  const texts = [(await tree.isFile(INTERFACES)) ? await tree.readText(INTERFACES) : null];
  for (const name of await tree.list(INTERFACES_FOLDER)) {
    const file = `${INTERFACES_FOLDER}/${name}`;
    if (await tree.isFile(file)) texts.push(await tree.readText(file));
  }
  return texts.map((text) => text ?? '').join('\n');
}

/** Names that have an `iface` stanza, once each. */
export function interfaceNames(text: string): string[] {
  const joined = text.replace(/\\\n/g, ' ');
  const names = [...joined.matchAll(/^[ \t]*iface[ \t]+(\S+)/gm)].map((match) => match[1] ?? '');
  return [...new Set(names)];
}
