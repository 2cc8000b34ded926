import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../model/fleet.js';
import { readConfigFile } from './configFile.js';
import { jumpChain, parseJump } from './jumpChain.js';
import { connectionSettings, type ConnectionSettings } from './settings.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fleetlift-config-'));
  await mkdir(join(home, '.ssh/conf.d'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

async function settings(host: string, own: SshSettings, config?: string): Promise<ConnectionSettings> {
  if (config !== undefined) await writeFile(join(home, '.ssh/config'), config);
  return connectionSettings(host, own, await readConfigFile(home), home);
}
async function chain(host: string, own: SshSettings, config?: string): Promise<string[]> {
  if (config !== undefined) await writeFile(join(home, '.ssh/config'), config);
  return jumpChain(host, own, await readConfigFile(home), home).map(
    ({ user, address, port }) => `${user}@${address}:${port}`,
  );
}

describe('connectionSettings', () => {
  it('is built in where nobody says anything', async () => {
    expect(await settings('web1', {})).toMatchObject({
      address: 'web1',
      port: 22,
      user: 'root',
      hostKeyName: 'web1',
      knownHosts: [`${home}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'],
      identities: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => ({
        path: `${home}/.ssh/${name}`,
        origin: 'built-in',
      })),
      jumps: [],
      passwordEnv: null,
      sudo: false,
    });
  });

  it('takes ~/.ssh/config before what is built in: the first value, but every key file', async () => {
    const config = [
      'host web*',
      '  hostname %h.example.org',
      '  PORT 2200 # comment',
      '  User=admin',
      '  IdentityFile ~/.ssh/%r-key',
      '  UserKnownHostsFile ~/.ssh/kh1 "~/.ssh/kh 2"',
      '  IdentitiesOnly yes',
      'Host *',
      '  User nobody',
      '  IdentityFile %d/second',
    ].join('\n');
    expect(await settings('web1', {}, config)).toMatchObject({
      address: 'web1.example.org',
      hostKeyName: 'web1.example.org',
      port: 2200,
      user: 'admin',
      identitiesOnly: true,
      identities: [
        { path: `${home}/.ssh/admin-key`, origin: 'config' },
        { path: `${home}/second`, origin: 'config' },
      ],
    });
    expect((await settings('web1', {})).knownHosts.slice(0, 2)).toEqual([
      `${home}/.ssh/kh1`,
      `${home}/.ssh/kh 2`,
    ]);
  });

  it('takes the inventory before ~/.ssh/config', async () => {
    const config =
      'Host *\n  User nobody\n  Port 1\n  IdentityFile ~/x\n  UserKnownHostsFile ~/kh\n  ProxyJump b\n';
    const own = { user: 'root', port: 22, identityFile: '~/key', knownHosts: '/kh', jump: null };
    expect(await settings('web1', own, config)).toMatchObject({
      user: 'root',
      port: 22,
      identities: [{ path: `${home}/key`, origin: 'inventory' }],
      knownHosts: ['/kh'],
      jumps: [],
    });
  });

  it('leaves out hosts that a pattern excepts, and reads Match by host and user', async () => {
    const config =
      'Host * !web1\n  User others\nMatch host web1 user root\n  Port 2\nMatch user ann\n  Port 3\n';
    expect(await settings('web1', { user: 'root' }, config)).toMatchObject({ port: 2, user: 'root' });
    expect(await settings('db1', {})).toMatchObject({ user: 'others', port: 22 });
    expect(await settings('db1', { user: 'ann' })).toMatchObject({ port: 3 });
  });

  it('follows Include, and keeps what comes after it for every host', async () => {
    await writeFile(join(home, '.ssh/conf.d/a'), 'Host web1\n  Port 2\n');
    await writeFile(join(home, '.ssh/conf.d/b'), 'Include deeper\n');
    await writeFile(join(home, '.ssh/deeper'), 'Host db1\n  Port 3\n');
    const config = 'Include conf.d/* none\nUser everyone\n';
    expect(await settings('web1', {}, config)).toMatchObject({ port: 2, user: 'everyone' });
    expect(await settings('db1', {})).toMatchObject({ port: 3, user: 'everyone' });
  });

  it('holds an Include below Host to that host', async () => {
    await writeFile(join(home, '.ssh/more'), 'Port 2\n');
    const config = 'Host web1\n  Include ~/.ssh/more\n';
    expect(await settings('web1', {}, config)).toMatchObject({ port: 2 });
    expect(await settings('db1', {})).toMatchObject({ port: 22 });
  });

  it.each([
    ['Host web1\n  Include conf.d/nested\n', 'Include below'],
    ['Include */x\n', 'wildcards'],
    ['Include config\n', 'deeper than 16'],
    ['Host web1\n  Port ssh\n', 'no port'],
    ['Match host web1 exec "true"\n  Port 2\n', 'Match exec'],
    ['Host web1\n  ProxyCommand nc %h %p\n', 'ProxyCommand'],
    ['Host "web1\n', 'cannot be understood'],
  ])('refuses %j', async (config, message) => {
    await writeFile(join(home, '.ssh/conf.d/nested'), 'Host x\n  Port 2\n');
    await expect(settings('web1', {}, config)).rejects.toMatchObject({
      code: 'E-SSH-CONFIG',
      message: expect.stringContaining(message) as string,
    });
  });

  it('does not mind Match exec and ProxyCommand of other hosts', async () => {
    const config = 'Match host db1 exec "false"\n  Port 2\nHost db1\n  ProxyCommand nc %h %p\n';
    expect(await settings('web1', {}, config)).toMatchObject({ port: 22 });
    await expect(settings('db1', {})).rejects.toMatchObject({ code: 'E-SSH-CONFIG' });
  });
});

describe('jumpChain', () => {
  it('goes over every hop of the inventory, each looked up for itself', async () => {
    const config = 'Host gate\n  HostName 198.18.0.1\n  User hopper\n';
    expect(await chain('web1', { jump: 'gate,ann@inner:2022' }, config)).toEqual([
      'hopper@198.18.0.1:22',
      'ann@inner:2022',
      'root@web1:22',
    ]);
  });

  it('goes over the jump hosts of a jump host, and round no circle', async () => {
    const config =
      'Host web1\n  ProxyJump inner\nHost inner\n  ProxyJump outer\nHost outer\n  ProxyJump web1\n';
    expect(await chain('web1', {}, config)).toEqual(['root@outer:22', 'root@inner:22', 'root@web1:22']);
    expect(await chain('web1', { jump: null })).toEqual(['root@web1:22']);
    expect(await chain('db1', {}, 'Host *\n  ProxyJump gate\n')).toEqual(['root@gate:22', 'root@db1:22']);
  });

  it('gives a jump host key file and known_hosts of the inventory, never the password', async () => {
    const own = {
      jump: 'gate',
      identityFile: '~/key',
      knownHosts: '~/kh',
      passwordEnv: 'SECRET',
      sudo: true,
    };
    const [gate, web1] = jumpChain('web1', own, await readConfigFile(home), home);
    expect(gate).toMatchObject({
      identities: [{ path: `${home}/key`, origin: 'inventory' }],
      knownHosts: [`${home}/kh`],
      passwordEnv: null,
      sudo: false,
    });
    expect(web1).toMatchObject({ passwordEnv: 'SECRET', sudo: true });
  });
});

describe('parseJump', () => {
  it.each([
    ['gate', { host: 'gate' }],
    ['ann@gate:2022', { user: 'ann', host: 'gate', port: 2022 }],
    ['ssh://ann@gate:2022', { user: 'ann', host: 'gate', port: 2022 }],
    ['[fe80::1]:22', { host: 'fe80::1', port: 22 }],
  ])('%s', (text, expected) => {
    expect(parseJump(text)).toEqual(expected);
  });
  it.each(['', '-oProxyCommand=x', 'a:b', 'gate:0', 'gate:99999', 'a@b@c'])('refuses %j', (text) => {
    expect(() => parseJump(text)).toThrow(/no jump host/);
  });
});
