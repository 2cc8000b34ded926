import type { OsFacts } from '../../model/facts.js';
import { readable } from './values.js';

/** Reads `/etc/os-release` (os-release(5)); a machine without one is an unknown Linux. */
export function parseOsRelease(text: string): OsFacts {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
      return match === null ? [] : [[match[1], readable(unquote(match[2] ?? ''))] as const];
    }),
  );
  return {
    id: values.get('ID') ?? 'linux',
    idLike: (values.get('ID_LIKE') ?? '').split(' ').filter((id) => id !== ''),
    versionId: values.get('VERSION_ID') ?? '',
    prettyName: values.get('PRETTY_NAME') ?? values.get('NAME') ?? 'Linux',
  };
}

/** The file is read by shells: values may stand in quotes, with backslashes. */
function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  if (quoted?.[1] === "'") return quoted[2] ?? '';
  return (quoted?.[2] ?? value).replace(/\\(.)/g, '$1');
}
