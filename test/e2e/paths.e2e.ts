import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from 'yaml';
import { labDown, labUp } from '../../lab/lab.js';
import type { LabServer } from '../../lab/servers.js';
import type { DrillResult } from '../../src/model/messages.js';
import { Firewall } from './firewall.js';
import { closeLab } from './closeLab.js';
import { Fleetlift } from './fleetlift.js';
import { ALL_BUT_LARGE_EXCLUDES, onlyServer, transferOnly, writeInventory } from './inventory.js';
import { LabShell } from './labShell.js';
import { labRelay, LARGE_FILE_BYTES, untilLargeFileHas } from './largeFile.js';

/** So slow that the large file's incompressible half takes some ten seconds. */
const RATE_MBIT = 150;
/** Bytes of the large file on the relay when the service is killed. */
const KILL_AT = 60 << 20;
const INCOMPRESSIBLE = LARGE_FILE_BYTES / 2;
/** More than the wire bytes of everything else, of which 91 MB were seen; what had come before the kill is no part of it. */
const BESIDES = 100 << 20;

let fleetlift: Fleetlift;
/** The server to migrate, and the only machine that may connect to it. */
let server: LabServer;
let jumpHost: LabServer;
let firewall: Firewall;
let untouched: string;

beforeAll(async () => {
  await labDown();
  const [first, second] = await labUp({ servers: 2, rateMbit: RATE_MBIT });
  if (first === undefined || second === undefined) throw new Error('a lab of two servers has less');
  [server, jumpHost] = [first, second];
  fleetlift = await Fleetlift.inNewFolder();
  const user = (name: string) =>
    [
      `useradd -m -s /bin/bash ${name}`,
      `install -d -m 700 -o ${name} -g ${name} /home/${name}/.ssh`,
      `install -m 600 -o ${name} -g ${name} /root/.ssh/authorized_keys /home/${name}/.ssh`,
    ].join(' && ');
  await new LabShell(jumpHost).run(user('hop'));
  const shell = new LabShell(server);
  await shell.run(
    [
      'set -e',
      user('sudoer'),
      "echo 'sudoer ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/sudoer",
      `sed -i 's/^/from="!${jumpHost.address},*" /' /root/.ssh/authorized_keys`,
    ].join('\n'),
  );
  untouched = await shell.traces();
  firewall = await Firewall.raise(server, jumpHost.address);
});

afterAll(() => closeLab(fleetlift));

const write = (name: string, network: 'direct' | 'tunnel'): Promise<string> =>
  writeInventory(fleetlift.stateDir, name, (document: Document) => {
    transferOnly(document);
    document.setIn(['defaults', 'sync'], { network, excludes: ALL_BUT_LARGE_EXCLUDES });
    document.delete('waves');
    const ssh = { user: 'sudoer', sudo: true, jump: `hop@${jumpHost.address}` };
    document.set('servers', [{ name: server.name, host: server.address, ssh, image: { name } }]);
    // The source is told no address of the relay: it would reach none.
    if (network === 'tunnel') document.deleteIn(['relays', 0, 'address']);
  });

describe('a server that only a jump host reaches, which lets nobody out and root not in', () => {
  it('does not reach the relay, and a drill tells the way out', async () => {
    const { exitCode, stdout } = await fleetlift.run('drill', await write('direct', 'direct'), '--json');
    expect(exitCode).toBe(3);
    const [drilled] = (JSON.parse(stdout) as DrillResult).servers;
    expect(drilled?.findings.filter(({ severity }) => severity === 'blocking')).toMatchObject([
      { code: 'E-RELAY-UNREACHABLE', remedy: expect.stringContaining('sync.network: tunnel') as string },
    ]);
    expect(await firewall.takeOutgoing()).toBeGreaterThan(0);
  });

  it('is drilled through a tunnel', async () => {
    expect(await fleetlift.run('drill', await write('killed', 'tunnel'))).toMatchObject({ exitCode: 0 });
  });

  it('is migrated through one, and kill -9 of the service in the middle of a file sends nothing twice', async () => {
    const file = join(fleetlift.stateDir, 'killed.yaml');
    expect((await fleetlift.run('migrate', file, '--detach')).exitCode).toBe(0);
    const size = await untilLargeFileHas(labRelay(fleetlift.stateDir), 'killed', KILL_AT);
    process.kill(fleetlift.servicePid(), 'SIGKILL');
    console.log(`killed the service with ${size >> 20} of ${LARGE_FILE_BYTES >> 20} MiB on the relay`);
    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(0);
    expect(onlyServer(result)).toMatchObject({
      status: 'Finished',
      attempts: 1,
      verify: { checksum: { differences: 0 } },
    });
    const wire = onlyServer(result).sync?.wireBytes ?? Infinity;
    console.log(`${wire} wire bytes`);
    expect(wire).toBeGreaterThan(INCOMPRESSIBLE);
    expect(wire).toBeLessThan(INCOMPRESSIBLE + BESIDES);
    expect(await firewall.takeOutgoing()).toBe(0);
  });

  it('keeps nothing of it', async () => {
    await firewall.lower();
    expect(await new LabShell(server).traces()).toBe(untouched);
  });
});
