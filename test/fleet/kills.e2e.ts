import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Document } from 'yaml';
import { labDown, labUp } from '../../lab/lab.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import { jobPaths } from '../../src/relay/paths.js';
import { livingConnections } from '../../src/relay/receiver/connections.js';
import { readEndpoint, readTemporalRecord } from '../../src/service/records.js';
import { stateLayout } from '../../src/state/layout.js';
import { linkBytes } from '../e2e/cable.js';
import { closeLab } from '../e2e/closeLab.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { onlyServer, transferOnly, writeInventory } from '../e2e/inventory.js';
import { labRelay, LARGE_FILE_BYTES, untilLargeFileHas } from '../e2e/largeFile.js';
import { Install } from './install.js';

/** So slow that the large file's incompressible half takes some twenty seconds, time for four kills. */
const RATE_MBIT = 60;
/** Bytes of the large file on the relay at which something is killed. */
const KILL_AT = { migrate: 15 << 20, service: 50 << 20, temporal: 90 << 20, connection: 125 << 20 };
const UPGRADE_AT = 60 << 20;
const ALLOWED_MORE = 1.05;

const job = { migration: 'killed', server: 'lab1', number: 1 };

let fleetlift: Fleetlift;
let undisturbed: { wireBytes: number; linkBytes: number };

beforeAll(async () => {
  await labDown();
  await labUp({ servers: 1, rateMbit: RATE_MBIT });
  fleetlift = await Fleetlift.inNewFolder();
});

afterAll(() => closeLab(fleetlift));

/** Waits for the point in the large file, and kills the process in its middle. */
async function killAt(bytes: number, what: string, pid: () => number | Promise<number>): Promise<void> {
  const size = await untilLargeFileHas(labRelay(fleetlift.stateDir), job.migration, bytes);
  process.kill(await pid(), 'SIGKILL');
  console.log(`killed ${what} with ${size >> 20} of ${LARGE_FILE_BYTES >> 20} MiB on the relay`);
}

/** The relay's end of the connection; the rsync behind it dies with it, and what it had counted last is lost. */
async function connectionPid(): Promise<number> {
  const [connection] = await livingConnections(jobPaths(labRelay(fleetlift.stateDir), job).receiver);
  if (connection === undefined) throw new Error('the source is not connected');
  return connection.pid;
}

function temporalPid(): number {
  const record = readTemporalRecord(stateLayout(fleetlift.stateDir));
  if (record === null) throw new Error('Temporal does not run');
  return record.pid;
}

/** The server is migrated twice, and no two images on a relay have one name. */
function transfer(migration: string) {
  return (document: Document): void => {
    transferOnly(document);
    document.setIn(['servers', 0, 'image'], { name: migration });
  };
}

it('an undisturbed run is the measure', async () => {
  const before = await linkBytes();
  const file = await writeInventory(fleetlift.stateDir, 'undisturbed', transfer('undisturbed'));
  const { exitCode, result } = await fleetlift.migrate(file);
  expect(exitCode).toBe(0);
  undisturbed = {
    wireBytes: onlyServer(result).sync?.wireBytes ?? 0,
    linkBytes: (await linkBytes()) - before,
  };
  expect(undisturbed.wireBytes).toBeGreaterThan(LARGE_FILE_BYTES / 2);
  expect(undisturbed.linkBytes).toBeGreaterThan(undisturbed.wireBytes);
});

it('kill -9 of migrate, service, Temporal and the connection in the middle of a file: nothing is sent twice', async () => {
  const before = await linkBytes();
  const file = await writeInventory(fleetlift.stateDir, job.migration, transfer(job.migration));
  const again = async (): Promise<void> => {
    expect((await fleetlift.run('migrate', file, '--detach')).exitCode).toBe(0);
  };

  const migrate = execa(
    join(PROJECT_DIR, 'bin', 'fleetlift'),
    ['--state-dir', fleetlift.stateDir, 'migrate', file],
    { reject: false, stdin: 'ignore', all: true },
  );
  const killed = migrate.then(({ signal, all }) => {
    if (signal !== 'SIGKILL') throw new Error(`migrate ended by itself:\n${all}`);
  });
  await Promise.race([killed, killAt(KILL_AT.migrate, 'migrate', () => migrate.pid ?? 0)]);
  await killed;
  await again();
  await killAt(KILL_AT.service, 'the service', () => fleetlift.servicePid());
  await again();
  await killAt(KILL_AT.temporal, 'Temporal', temporalPid);

  const finishing = fleetlift.migrate(file);
  // None of these three held the transfer up. This one breaks it off.
  await killAt(KILL_AT.connection, 'the connection', connectionPid);

  await expectSentOnce(await finishing, before);
});

it('an upgrade in the middle of a file: the new release goes on with the job, and nothing is sent twice', async () => {
  const job = 'upgraded';
  const before = await linkBytes();
  const file = await writeInventory(fleetlift.stateDir, job, transfer(job));
  await fleetlift.run('down');
  const install = await Install.make();
  try {
    const operator = Fleetlift.in(fleetlift.stateDir, { program: install.program });
    expect(await operator.run('migrate', file, '--detach')).toMatchObject({ exitCode: 0 });
    await untilLargeFileHas(labRelay(fleetlift.stateDir), job, UPGRADE_AT);
    await operator.run('down');
    await install.replace('99.0.0');
    await expectSentOnce(await operator.migrate(file), before);
    expect(readEndpoint(stateLayout(fleetlift.stateDir))).toMatchObject({ version: '99.0.0' });
  } finally {
    await fleetlift.run('down');
    await install.dispose();
    await fleetlift.run('up');
  }
});

/** The migration of the one server has ended well, and both counts are those of an undisturbed one. */
async function expectSentOnce(
  { exitCode, result }: Awaited<ReturnType<Fleetlift['migrate']>>,
  linkBytesBefore: number,
): Promise<void> {
  expect(exitCode).toBe(0);
  expect(onlyServer(result)).toMatchObject({
    status: 'Finished',
    job: expect.stringMatching(/\/1$/) as string,
    verify: { checksum: { differences: 0 } },
  });
  const wire = (onlyServer(result).sync?.wireBytes ?? Infinity) / undisturbed.wireBytes;
  const link = ((await linkBytes()) - linkBytesBefore) / undisturbed.linkBytes;
  console.log(`wire bytes ${wire.toFixed(3)}, bytes on the cable ${link.toFixed(3)} of an undisturbed run`);
  expect(wire).toBeLessThan(ALLOWED_MORE);
  expect(link).toBeLessThan(ALLOWED_MORE);
}
