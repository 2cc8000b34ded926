/** The files of production: what a machine without Docker can see of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROJECT_DIR } from '../../lab/paths.js';

interface Service {
  readonly image?: string;
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly unknown[] };
  readonly command?: readonly string[] | string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
}
const text = (file: string): string => readFileSync(join(PROJECT_DIR, file), 'utf8');
const { services } = parse(text('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
};

it('every image of the compose file has a version', () => {
  for (const [name, { image }] of Object.entries(services)) {
    expect(image, name).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?$/);
  }
});

it('every service that stays says how it is, and is started again', () => {
  for (const [name, service] of Object.entries(services)) {
    if (['schema', 'namespace', 'cli'].includes(name)) continue;
    // A colon in a word would make a map of it.
    const words = service.healthcheck?.test ?? [];
    expect(words.length, name).toBeGreaterThan(1);
    expect(
      words.filter((word) => typeof word !== 'string'),
      name,
    ).toEqual([]);
    expect(service, name).toHaveProperty('restart', 'unless-stopped');
  }
});

it('what it mounts of the checkout is there', () => {
  for (const { volumes = [] } of Object.values(services)) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(join(PROJECT_DIR, source)), source).toBe(true);
    }
  }
});

it('only the relay is open to other machines, and no password has a default', () => {
  const open = Object.values(services)
    .flatMap(({ ports = [] }) => ports)
    .filter((port) => !/^(\$\{\w+:-)?127\.0\.0\.1:/.test(port));
  expect(open).toEqual([]);
  const onTheHost = Object.entries(services).filter(([, service]) => service.network_mode === 'host');
  // The codec server listens on loopback: without a token it refuses any other address.
  expect(onTheHost.map(([name]) => name)).toEqual(['codec', 'relay']);
  expect(services['codec']?.command).toEqual(['codec']);
  const secrets = [...text('docker-compose.yml').matchAll(/(PASSWORD|PWD): (.*)/g)].map(
    ([, , value]) => value,
  );
  expect(secrets.length).toBeGreaterThan(2);
  for (const secret of secrets) expect(secret).toMatch(/^\$\{\w+:\?/);
});

it('Temporal’s server is the version that the test of production builds', () => {
  const built = /^temporal_server=(.*)$/m.exec(text('scripts/setup.sh'))?.[1];
  for (const name of ['temporal', 'schema', 'namespace']) {
    expect(services[name]?.image?.split(':')[1], name).toBe(built);
  }
});

it('every search attribute that workflows set is made', () => {
  const made = text('deploy/temporal/namespace.sh');
  const set = [...text('workflows/messages.ts').matchAll(/'(Fleetlift\w+)'/g)].map(([, name]) => name ?? '');
  expect(set.length).toBeGreaterThan(5);
  for (const name of set) expect(made).toContain(name);
});
