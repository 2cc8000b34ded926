import { fieldsOf, type Fields, type Outline } from '../outline.js';
import type { Issue } from '../problems.js';

/** Two entries for one machine, and two images under one name. */
export function checkMachines(outline: Outline): Issue[] {
  return [...sameAddress(outline), ...sameImageName(outline)];
}

/** Behind different jump hosts, one private address may well be two machines. */
function sameAddress({ servers, defaults }: Outline): Issue[] {
  const seen = new Map<string, string>();
  return servers.flatMap(({ name, path, raw }): Issue[] => {
    const host = raw['host'];
    if (typeof host !== 'string') return [];
    const port = setting(raw, defaults, 'ssh', 'port') ?? 22;
    const jump = setting(raw, defaults, 'ssh', 'jump') ?? null;
    const key = JSON.stringify([host.toLowerCase().replace(/\.$/, ''), port, jump]);
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, name);
      return [];
    }
    return [
      {
        path: [...path, 'host'],
        code: 'E-SOURCE-CLONE',
        message: `servers "${other}" and "${name}" are the same machine: ${host}, port ${JSON.stringify(port)}`,
        hint: 'Give each server its own host, or remove one of them.',
      },
    ];
  });
}

function sameImageName({ servers, defaults }: Outline): Issue[] {
  const shared = fieldsOf(defaults['image'])['name'];
  const seen = new Map<string, string>();
  let sharers = 0;
  const issues = servers.flatMap(({ name, path, raw }): Issue[] => {
    const own = fieldsOf(raw['image']);
    const inherits = own['name'] === undefined && typeof shared === 'string';
    if (inherits) sharers += 1;
    const image = inherits ? shared : (own['name'] ?? name);
    if (typeof image !== 'string') return [];
    const other = seen.get(image);
    if (other === undefined) {
      seen.set(image, name);
      return [];
    }
    if (inherits || other === name) return [];
    const message = `the images of servers "${other}" and "${name}" have the same name, "${image}"`;
    return [
      { path: [...path, ...(typeof own['name'] === 'string' ? ['image', 'name'] : ['name'])], message },
    ];
  });
  if (sharers < 2) return issues;
  const message = `defaults.image.name would give ${sharers} servers the same image name`;
  return [...issues, { path: ['defaults', 'image', 'name'], message, hint: 'Set it on single servers.' }];
}

function setting(raw: Fields, defaults: Fields, group: string, field: string): unknown {
  const own = fieldsOf(raw[group]);
  return Object.hasOwn(own, field) ? own[field] : fieldsOf(defaults[group])[field];
}
