import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parsed } from '../../inventory/testing.js';
import type { Check } from './checks.js';
import { checkLogins } from './logins.js';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsVOIQ2rnoBZ7pVJEW9Ufg6TzXKIW+QZ5k8MxQ7RXpg';
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fleetlift-logins-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function file(name: string, mode = 0o600, text = 'x'): string {
  writeFileSync(join(home, name), text, { mode });
  return join(home, name);
}

async function check(ssh: object, servers = ['web1']): Promise<Check[]> {
  const fleet = parsed(
    JSON.stringify({
      version: 1,
      name: 'm',
      defaults: { ssh },
      servers: servers.map((name) => ({ name, host: `${name}.example` })),
    }),
  );
  return checkLogins(fleet, 'dc1.yaml', home);
}

it('finds keys and hosts that are there', async () => {
  const knownHosts = file('known_hosts', 0o644, `web1.example ${HOST_KEY}\n`);
  const checks = await check({ identityFile: file('key'), knownHosts });
  expect(checks.map(({ name, state }) => [name, state])).toEqual([
    ['keys', 'ok'],
    ['known_hosts', 'ok'],
  ]);
});

it('names servers whose key is not there or is open to others, and hosts that are not known', async () => {
  const knownHosts = file('known_hosts', 0o644, `@cert-authority *.example ${HOST_KEY}\n`);
  const [missing, unknown] = await check({ identityFile: join(home, 'none'), knownHosts }, ['web1', 'web2']);
  expect(missing).toMatchObject({ state: 'broken', message: expect.stringContaining('web1: ') as string });
  expect(missing?.message).toContain('2 of 2 servers');
  expect(unknown).toMatchObject({ state: 'broken', remedy: 'fleetlift drill dc1.yaml' });
  const [open] = await check({ identityFile: file('open', 0o644), knownHosts });
  expect(open?.message).toContain('can be read by others');
});

it('wants no key where a password is named, but that it is set', async () => {
  const [keys] = await check({ passwordEnv: 'FLEETLIFT_TEST_LOGINS_WORD' });
  expect(keys).toMatchObject({
    state: 'broken',
    message: expect.stringContaining('$FLEETLIFT_TEST_LOGINS_WORD is not set') as string,
  });
});
