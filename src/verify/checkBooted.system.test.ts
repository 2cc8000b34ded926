import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FstabEntry } from '../model/plan.js';
import { openSession } from '../ssh/connect.js';
import { makeKey, startSshd, type TestSshd } from '../ssh/testing/sshd.js';
import type { SshSession } from '../ssh/types.js';
import { checkBooted } from './checkBooted.js';
import { checksError } from './checksError.js';

let sshd: TestSshd;
let folder: string;
let session: SshSession;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-checks-'));
  sshd = await startSshd();
  await sshd.authorize(await makeKey(join(folder, 'key'), 'ed25519'));
  await writeFile(join(folder, 'known_hosts'), sshd.knownHosts('ed25519'));
  const settings = {
    port: sshd.port,
    identityFile: join(folder, 'key'),
    knownHosts: join(folder, 'known_hosts'),
  };
  session = await openSession({ server: 'web1', host: '127.0.0.1', settings }, { home: folder });
});
afterAll(async () => {
  session.close();
  await sshd.stop();
  await rm(folder, { recursive: true });
});

/** This very machine stands in for the image: its own name, mounts and ports are what is expected. */
describe('checkBooted', () => {
  it('passes a machine that is as expected, and keeps what commands print', async () => {
    const { stdout } = await execa('findmnt', ['-no', 'FSTYPE,SOURCE', '/']);
    const [type, spec] = stdout.trim().split(/\s+/);
    const outcome = await check({ type: type ?? '', spec: spec ?? '', file: '/' }, [
      "printf 'it\\033[31m is'",
    ]);
    expect(checksError({ ...outcome, checks: outcome.checks.slice(1) }, 'web1')).toBeNull();
    expect(outcome.checks.map(({ name }) => name)).toEqual([
      'system state',
      'mount /',
      'host name',
      'machine-id',
      `port ${sshd.port}`,
      "command printf 'it\\033[31m is'",
    ]);
    expect(outcome.commands).toEqual([
      { command: "printf 'it\\033[31m is'", exitCode: 0, output: 'it\ufffd[31m is' },
    ]);
  });

  it('names what is not as expected, and cuts what a command prints', async () => {
    const outcome = await check({ type: 'xfs', spec: 'UUID=none', file: '/srv/none' }, [
      'seq 100000; exit 4',
      'yes',
    ]);
    const failed = outcome.checks.slice(1).filter(({ ok }) => !ok);
    expect(failed.map(({ name }) => name)).toEqual([
      'mount /srv/none',
      'command seq 100000; exit 4',
      'command yes',
    ]);
    expect(outcome.commands[0]).toMatchObject({ exitCode: 4 });
    expect(outcome.commands[0]?.output?.length).toBeLessThan(4_200);
    expect(outcome.commands[1]).toMatchObject({ exitCode: -1 });
  });
});

function check(
  mount: Pick<FstabEntry, 'type' | 'spec' | 'file'>,
  commands: readonly string[],
): ReturnType<typeof checkBooted> {
  const machineId = readFileSync('/etc/machine-id', 'utf8').trim();
  const facts = {
    identity: { hostname: hostname(), machineId, hardwareAddresses: [] },
    services: { active: [], failed: [], systemState: null },
  };
  const plan = { fstab: [{ ...mount, options: 'defaults', dump: 0, pass: 1 }] };
  const verify = { checksum: true, boot: ['bios' as const], commands, ports: [sshd.port] };
  return checkBooted(
    session,
    { facts, plan, verify },
    { signal, settleTimeoutMs: 1_000, portsTimeoutMs: 1_000 },
  );
}
