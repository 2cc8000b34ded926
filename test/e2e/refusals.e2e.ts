import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import { RELAY_ADDRESS, type LabServer } from '../../lab/servers.js';
import { identityFile, knownHostsFile } from '../../lab/state.js';
import type { DrillResult } from '../../src/model/messages.js';
import { diffSnapshots, snapshot, type SystemSnapshot } from '../support/snapshot.js';
import { Fleetlift, type CommandOutcome } from './fleetlift.js';
import { QUICK_EXCLUDES } from './inventory.js';
import { LabShell } from './labShell.js';
import { isOurs } from './ours.js';

/** Ports of a second sshd on the lab server, so that several entries of an inventory may mean the one machine. */
const PORTS = [2201, 2202, 2203, 2204, 2205, 2206] as const;
const NOBODY_LISTENS = 2299;
/** By how much the service may grow while a source sends without end. */
const GROWTH_KIB = 256 << 10;
/** A refusal that comes later than this is none. */
const REFUSAL_MS = 60_000;

let before: SystemSnapshot;
let fleetlift: Fleetlift;
let server: LabServer;
let shell: LabShell;
/** Inventories, keys and known_hosts files of the tests. */
let folder: string;
/** The server as it was before fleetlift came. */
let untouched: string;

beforeAll(async () => {
  before = await snapshot();
  await labDown();
  const [first] = await labUp({ servers: 1 });
  if (first === undefined) throw new Error('a lab of one server has none');
  server = first;
  shell = new LabShell(server);
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-refusals-'));
  fleetlift = await Fleetlift.inNewFolder();
  await makeFiles();
  await shell.run(
    [
      'for user in guest sudoer; do useradd -m -s /bin/bash $user',
      'install -d -m 700 -o $user -g $user /home/$user/.ssh',
      'install -m 600 -o $user -g $user /root/.ssh/authorized_keys /home/$user/.ssh; done',
      "echo 'sudoer ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/sudoer",
      `/usr/sbin/sshd -o PidFile=/run/second-sshd.pid ${PORTS.map((port) => `-p ${port}`).join(' ')}`,
    ].join('\n'),
  );
  untouched = await shell.traces();
});

afterAll(async () => {
  await fleetlift.dispose();
  await labDown();
  await rm(folder, { recursive: true, force: true });
});

/** known_hosts for every port, one with a stranger's key, an empty one; and a key that nobody lets in. */
async function makeFiles(): Promise<void> {
  const lab = await readFile(knownHostsFile(DEFAULT_STATE_DIR), 'utf8');
  const lines = (host: string): string => lab.replaceAll(`${server.address} `, `${host} `);
  const known = PORTS.map((port) => lines(`[${server.address}]:${port}`)).join('');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'stranger')]);
  const [type = '', key = ''] = (await readFile(join(folder, 'stranger.pub'), 'utf8')).split(' ');
  await writeFile(join(folder, 'known_hosts'), lab + known);
  await writeFile(join(folder, 'changed'), `[${server.address}]:${PORTS[3]} ${type} ${key}\n`);
  await writeFile(join(folder, 'empty'), '');
}

type Entry = Record<string, unknown> & { name: string; ssh?: object };

/** Writes an inventory of entries for the lab server, quick to give up. */
async function inventory(name: string, entries: readonly Entry[], settings: object = {}): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  const ssh = {
    user: 'root',
    identityFile: identityFile(DEFAULT_STATE_DIR),
    knownHosts: join(folder, 'known_hosts'),
  };
  const defaults = { ssh, retry: { maximumAttempts: 2, initialInterval: '1s' }, ...settings };
  const relays = [{ name: 'local', address: RELAY_ADDRESS, port: 8703, slots: 10 }];
  const servers = entries.map((entry) => ({ host: server.address, ...entry }));
  await writeFile(file, stringify({ version: 1, name, defaults, relays, servers }));
  return file;
}

async function drill(file: string): Promise<{ exitCode: number; servers: DrillResult['servers'] }> {
  const { exitCode, stdout, stderr } = await fleetlift.run('drill', file, '--json');
  if (stdout === '') throw new Error(`drill printed no document: ${stderr}`);
  return { exitCode, servers: (JSON.parse(stdout) as DrillResult).servers };
}

/** The lines that tell of one server: its own, and those that are indented below it. */
function block({ stdout }: CommandOutcome, name: string): string {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith(` ✗ ${name} `));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('   '));
  return start < 0 ? '' : lines.slice(start, end).join('\n');
}

/** Nothing on the source is other than it was, and no job has anything on the relay. */
async function expectNothingLeft(): Promise<void> {
  expect(await shell.traces()).toBe(untouched);
  const jobs = join(fleetlift.stateDir, 'relay', 'jobs');
  expect(existsSync(jobs) ? await readdir(jobs, { recursive: true }) : []).toEqual([]);
  expect((await execa('losetup', ['-n', '-O', 'BACK-FILE'])).stdout).not.toContain(fleetlift.stateDir);
}

describe('a wrong inventory', () => {
  const WRONG = `version: 1
name: wrong
defaults:
  ssh: {user: "\${NOT_SET_ANYWHERE}"}
  sync: {network: tunel}
limits: {concurency: 3}
waves:
  - {name: canary, servers: [web1]}
servers:
  - {name: web1, host: 192.0.2.1}
  - {name: web1, host: 192.0.2.2}
  - {name: web2, host: 192.0.2.3}
`;
  const ERRORS = [
    ['4:16', 'NOT_SET_ANYWHERE'],
    ['5:19', 'Did you mean "tunnel"?'],
    ['6:10', 'Did you mean "concurrency"?'],
    ['11:12', '"web1"'],
    ['12:12', '"web2"'],
  ] as const;

  it.each(['validate', 'drill', 'migrate'])(
    'is refused by %s with every error, and nothing starts',
    async (command) => {
      const fresh = await Fleetlift.inNewFolder();
      const file = join(folder, 'wrong.yaml');
      await writeFile(file, WRONG);
      const { exitCode, stdout, stderr } = await fresh.run(command, file);
      expect([exitCode, stdout]).toEqual([2, '']);
      for (const [place, words] of ERRORS) {
        expect(stderr.split('\n').find((line) => line.startsWith(`${file}:${place}`))).toContain(words);
      }
      expect(stderr).toContain(`${ERRORS.length} errors. Nothing was started.`);
      expect(await readdir(fresh.stateDir)).toEqual([]);
      await fresh.dispose();
    },
  );
});

describe('servers that do not let us in', () => {
  const CASES = [
    { name: 'stranger', code: 'E-SSH-AUTH', says: 'refused the login as root', remedy: 'authorized_keys' },
    {
      name: 'plain',
      code: 'E-NOT-ROOT',
      says: 'the login guest is not root',
      remedy: 'set ssh.sudo: true',
    },
    { name: 'nosudo', code: 'E-NOT-ROOT', says: 'sudo -n does not make', remedy: '/etc/sudoers.d/fleetlift' },
    { name: 'changed', code: 'E-SSH-HOSTKEY-CHANGED', says: 'but known_hosts has', remedy: 'ssh-keygen -R' },
    { name: 'unknown', code: 'E-SSH-HOSTKEY-UNKNOWN', says: 'which is not in', remedy: "printf '%s\\n'" },
    { name: 'closed', code: 'E-SSH-CONNECT', says: 'ECONNREFUSED', remedy: 'host and port are right' },
  ] as const;
  let file: string;

  beforeAll(async () => {
    file = await inventory('strange', [
      { name: 'stranger', ssh: { port: PORTS[0], identityFile: join(folder, 'stranger') } },
      { name: 'plain', ssh: { port: PORTS[1], user: 'guest' } },
      { name: 'nosudo', ssh: { port: PORTS[2], user: 'guest', sudo: true } },
      { name: 'changed', ssh: { port: PORTS[3], knownHosts: join(folder, 'changed') } },
      { name: 'unknown', ssh: { port: PORTS[4], knownHosts: join(folder, 'empty') } },
      { name: 'closed', ssh: { port: NOBODY_LISTENS } },
    ]);
  });

  it('are each told by migrate with code, cause, remedy and next command', async () => {
    const outcome = await fleetlift.run('migrate', file);
    expect(outcome.exitCode).toBe(3);
    for (const { name, code, says, remedy } of CASES) {
      const told = block(outcome, name);
      expect(told.split('\n')[0]).toMatch(new RegExp(`✗ ${name}  in error at preflight  ${code}  `));
      for (const words of [says, remedy, `fleetlift retry ${name}`]) expect(told).toContain(words);
      expect(told).not.toMatch(/SERVER|fleetlift logs/);
    }
    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(3);
    expect(result.servers.map(({ error }) => error?.code)).toEqual(CASES.map(({ code }) => code));
    for (const [at, { remedy }] of CASES.entries()) {
      expect(result.servers[at]?.error?.remedy).toContain(remedy);
    }
    await expectNothingLeft();
  });

  it('are told by drill in the same words', async () => {
    const { exitCode, servers } = await drill(file);
    expect(exitCode).toBe(3);
    expect(servers.map(({ findings }) => findings.map(({ code }) => code))).toEqual(
      CASES.map(({ code }) => [code]),
    );
    const text = (await fleetlift.run('drill', file)).stdout;
    for (const { code, says, remedy } of CASES) {
      for (const words of [code, says, remedy]) expect(text).toContain(words);
    }
    expect(text).toContain('6 servers cannot be migrated. Nothing was changed on any server.');
    await expectNothingLeft();
  });

  it('are given up without a trace', async () => {
    const cancelled = await fleetlift.run('cancel', '--all');
    expect(cancelled.exitCode).toBe(0);
    const { exitCode, result } = await fleetlift.migrate(file, '--only', 'stranger');
    expect(exitCode).toBe(3);
    expect(result.servers[0]?.job).toMatch(/\/2$/);
    await expectNothingLeft();
  });

  it('come with the fingerprint that the server has, and the command that accepts its key', async () => {
    const { servers } = await drill(file);
    const shown = await shell.run('cat /etc/ssh/ssh_host_*_key.pub | ssh-keygen -lf -');
    for (const name of ['changed', 'unknown']) {
      const finding = servers.find((one) => one.name === name)?.findings[0];
      expect(shown).toContain(/host key (SHA256:\S{43})/.exec(finding?.message ?? '')?.[1]);
      const command = /then accept it: (.*)$/.exec(finding?.remedy ?? '')?.[1] ?? 'exit 1';
      await execa('sh', ['-c', command]);
    }
    const again = await drill(file);
    for (const name of ['changed', 'unknown']) {
      const codes = again.servers.find((one) => one.name === name)?.findings.map(({ code }) => code);
      expect(codes?.filter((code) => code.startsWith('E-SSH'))).toEqual([]);
    }
    await expectNothingLeft();
  });

  it('let us in with sudo', async () => {
    const { exitCode, servers } = await drill(
      await inventory('sudo', [{ name: 'lab1', ssh: { user: 'sudoer', sudo: true } }]),
    );
    expect(servers[0]?.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
    expect(exitCode).toBe(0);
    await expectNothingLeft();
  });
});

describe('a server without rsync', () => {
  it('is told the command of its distribution, and nothing is made on the relay', async () => {
    const file = await inventory('norsync', [{ name: 'lab1' }]);
    await shell.while(
      'mv /usr/bin/rsync /usr/bin/rsync.away',
      'mv /usr/bin/rsync.away /usr/bin/rsync',
      async () => {
        const outcome = await fleetlift.run('migrate', file);
        expect(outcome.exitCode).toBe(3);
        const told = block(outcome, 'lab1');
        for (const words of ['E-RSYNC-MISSING', '→ apt-get -y install rsync', '→ fleetlift retry lab1']) {
          expect(told).toContain(words);
        }
        const { servers } = await drill(file);
        expect(servers[0]?.findings[0]).toMatchObject({
          code: 'E-RSYNC-MISSING',
          remedy: 'apt-get -y install rsync',
        });
        await fleetlift.run('cancel', '--all', '--migration', 'norsync');
      },
    );
    await expectNothingLeft();
  });
});

describe('a source whose answers are not an agent’s', () => {
  /** Spoils root's shell for all commands but the test's own. */
  const bashrc = (line: string): readonly [spoil: string, mend: string] => [
    `cp -p /root/.bashrc /root/.bashrc.kept; printf '%s\\n' 'case $BASH_EXECUTION_STRING in *FROM-THE-TEST*) ;; *) ${line} ;; esac' >/root/.bashrc`,
    'mv /root/.bashrc.kept /root/.bashrc',
  ];
  /** Lays another tool over one of the server's. */
  const tool = (path: string, line: string): readonly [spoil: string, mend: string] => [
    `printf '#!/bin/sh\\n%s\\n' '${line}' >/run/spoilt; chmod 755 /run/spoilt; mount --bind /run/spoilt ${path}`,
    `umount ${path}; rm /run/spoilt`,
  ];

  it.each([
    ['greets every command', bashrc('echo Welcome'), 'E-AGENT-OUTPUT'],
    ['never stops before a command', bashrc('yes ENDLESS'), 'E-AGENT-OUTPUT'],
    ['never stops after a command', bashrc('trap "yes ENDLESS" EXIT'), 'E-AGENT-OUTPUT'],
    ['has a tool that never stops', tool('/usr/sbin/blkid', 'exec yes ENDLESS'), 'E-AGENT-OUTPUT'],
    ['has an encoder that never stops', tool('/usr/bin/base64', 'exec yes ENDLESS'), 'E-AGENT-OUTPUT'],
    ['has an encoder that lies', tool('/usr/bin/base64', 'echo "\\"}}"'), 'E-AGENT-OUTPUT'],
  ])('%s', async (_what, [spoil, mend], code) => {
    const file = await inventory('broken', [{ name: 'lab1' }]);
    const peak = await peakKib();
    const startedMs = performance.now();
    const { exitCode, servers } = await shell.while(spoil, mend, () => drill(file));
    expect(performance.now() - startedMs).toBeLessThan(REFUSAL_MS);
    expect(servers[0]?.findings).toMatchObject([{ severity: 'blocking', code }]);
    expect(exitCode).toBe(3);
    expect((await peakKib()) - peak).toBeLessThan(GROWTH_KIB);
    await expectNothingLeft();
  });

  it('is told by migrate where to look', async () => {
    const file = await inventory('noisy', [{ name: 'lab1' }]);
    const [spoil, mend] = bashrc('echo Welcome');
    const outcome = await shell.while(spoil, mend, () => fleetlift.run('migrate', file));
    expect(outcome.exitCode).toBe(3);
    const told = block(outcome, 'lab1');
    for (const words of ['E-AGENT-OUTPUT', 'shell start-up files', 'fleetlift retry lab1']) {
      expect(told).toContain(words);
    }
    await fleetlift.run('cancel', '--all', '--migration', 'noisy');
    await expectNothingLeft();
  });

  /** The most memory that the service has ever held. */
  async function peakKib(): Promise<number> {
    const status = await readFile(`/proc/${fleetlift.servicePid()}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  }
});

describe('one machine under two names', () => {
  const ENTRIES = [{ name: 'one' }, { name: 'two', ssh: { port: PORTS[5] } }];

  it('is told by a drill', async () => {
    const { exitCode, servers } = await drill(await inventory('twins', ENTRIES));
    expect(exitCode).toBe(3);
    expect(
      servers.map(({ findings }) => findings.filter(({ severity }) => severity === 'blocking')),
    ).toMatchObject([
      [],
      [{ code: 'E-SOURCE-CLONE', message: expect.stringContaining('the same machine as one') as string }],
    ]);
  });

  it('is migrated once; the other waits, with the job that is in its way', async () => {
    const file = await inventory('twins', ENTRIES, {
      sync: { excludes: QUICK_EXCLUDES },
      verify: { checksum: false, boot: [] },
    });
    const outcome = await fleetlift.run('migrate', file);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stdout).toContain('1 of 2 servers finished, 1 failed');
    const { result } = await fleetlift.migrate(file);
    const refused = result.servers.find(({ status }) => status === 'InError');
    const other = result.servers.find(({ status }) => status === 'Finished');
    expect(refused?.error).toMatchObject({ code: 'E-SOURCE-LOCKED', step: 'import' });
    expect(refused?.error?.message).toContain(other?.job);
    await fleetlift.run('cancel', '--all', '--migration', 'twins');
    expect(await shell.traces()).toBe(untouched);
  });
});

it('leaves nothing behind', async () => {
  await fleetlift.run('down');
  await labDown();
  expect(diffSnapshots(before, await snapshot()).filter(isOurs)).toEqual([]);
});
