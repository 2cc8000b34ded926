/** Bundles as real zstd and ssh-keygen make and check them. */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/support/cli.js';
import { stateLayout } from '../state/layout.js';
import { writeResult } from '../state/results.js';
import { jobPaths } from '../relay/paths.js';
import { MANIFEST, PUBLIC_KEY, SIGNATURE, type Member } from './format.js';
import { signingKey } from './signingKey.js';
import { verifyBundle } from './verifyBundle.js';
import { writeBundle } from './writeBundle.js';
import { writeJobsBundle } from './writeJobsBundle.js';

const job = { migration: 'm', server: 'web1', number: 2 };
/** Of every kind that a job keeps, by its place in the job's folder. */
const KEPT: Readonly<Record<string, Buffer>> = {
  'result.json': Buffer.from('{\n  "name": "web1",\n  "status": "Finished"\n}\n'),
  'evidence/facts.json': Buffer.from(
    '{"fstab": "//nas/x /x cifs user=u,password=hunter2,uid=0\\n", "pass": 2}\n',
  ),
  'evidence/files/fs0.sha256': Buffer.from(`${'a'.repeat(64)}  ./etc/passwd=x\n`),
  'log/rsyncd.log': Buffer.from('received 3 files\n'),
  'boot/bios/serial.log': Buffer.from('[    0.000000] Linux version 6.1\nlogin:\n'),
  'boot/bios/screenshot.png': randomBytes(300_000),
};
const NOT_EVIDENCE = ['receiver/host_key', 'images/web1.qcow2', 'disks/system.raw', 'log/core.dump'];

let dir: string;
let relay: { name: string; dir: string; port: number; address: string };
let bundle: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fleetlift-evidence-'));
  relay = { name: 'local', dir: join(dir, 'state/relay'), port: 0, address: '127.0.0.1' };
  bundle = join(dir, 'web1.tar.zst');
  const folder = jobPaths(relay, job).job;
  for (const [name, content] of [
    ...Object.entries(KEPT),
    ...NOT_EVIDENCE.map((one) => [one, 'x'] as const),
  ]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await symlink('/etc/shadow', join(folder, 'log/link.log'));
});
afterEach(() => rm(dir, { recursive: true }));

const write = () => writeJobsBundle(relay, [job], { file: bundle, version: '0.1.0', madeAt: new Date() });

/** Unpacks the bundle, lets a change be made, and packs it as it was. */
async function repack(change: (folder: string, members: string[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(dir, 'unpacked-'));
  const members = (await execa('tar', ['--zstd', '-tf', bundle])).stdout.split('\n');
  await execa('tar', ['--zstd', '-xf', bundle, '-C', folder]);
  await change(folder, members);
  await execa('tar', ['--zstd', '--format=ustar', '-cf', bundle, '-C', folder, ...members]);
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

describe('a bundle', () => {
  it('holds what is kept of a job and nothing else, and is as it was signed', async () => {
    const { signer } = await write();
    const { stdout } = await execa('tar', ['--zstd', '-tf', bundle]);
    const own = Object.keys(KEPT).map((name) => `web1/2/${name}`);
    expect(stdout.split('\n').sort()).toEqual(
      [MANIFEST, SIGNATURE, PUBLIC_KEY, 'bundle.json', ...own].sort(),
    );
    expect(await verifyBundle(bundle, null)).toEqual({ intact: own.length + 2, signer, problems: [] });
    expect(await readdir(dir)).toEqual(['state', 'web1.tar.zst']);
  });

  it('can be checked without fleetlift', async () => {
    await write();
    const folder = await mkdtemp(join(dir, 'unpacked-'));
    await execa('tar', ['--zstd', '-xf', bundle, '-C', folder]);
    await execa('sha256sum', ['--check', '--strict', MANIFEST], { cwd: folder });
    await writeFile(join(folder, 'signers'), `relay ${await readFile(join(folder, PUBLIC_KEY), 'utf8')}`);
    const words = [
      '-Y',
      'verify',
      '-f',
      'signers',
      '-I',
      'relay',
      '-n',
      'fleetlift-evidence',
      '-s',
      SIGNATURE,
    ];
    await execa('ssh-keygen', words, { cwd: folder, inputFile: join(folder, MANIFEST) });
  });

  it('holds no secret that a fstab or a log gives away, and its JSON stays JSON', async () => {
    const log = join(jobPaths(relay, job).log, 'rsyncd.log');
    await writeFile(
      log,
      'a\n-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\nAPI_TOKEN: abc123\nb\n',
    );
    await write();
    const cat = async (name: string) =>
      (await execa('tar', ['--zstd', '-xOf', bundle, `web1/2/${name}`])).stdout;
    const facts = JSON.parse(await cat('evidence/facts.json')) as unknown;
    expect(facts).toEqual({ fstab: '//nas/x /x cifs user=u,password=[removed],uid=0\n', pass: 2 });
    expect(await cat('log/rsyncd.log')).toBe('a\n[removed]\n[removed]\n[removed]\nAPI_TOKEN: [removed]\nb');
    expect(await cat('evidence/files/fs0.sha256')).toContain('./etc/passwd=x');
  });

  it('is signed with one key of the relay, which only its owner reads', async () => {
    const [one, other] = await Promise.all([
      write(),
      writeJobsBundle(relay, [job], { file: join(dir, 'b'), version: '', madeAt: new Date() }),
    ]);
    expect(one.signer).toBe(other.signer);
    const key = join(relay.dir, 'evidence.key');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(await readdir(relay.dir)).toEqual(['evidence.key', 'jobs']);
    await chmod(key, 0o640);
    await expect(write()).rejects.toMatchObject({
      code: 'E-EVIDENCE-KEY',
      message: expect.stringContaining('640') as string,
    });
  });
});

describe('a bundle that cannot be written', () => {
  it('is told, and leaves nothing', async () => {
    bundle = join(dir, 'no/such/folder/b');
    await expect(write()).rejects.toMatchObject({ code: 'E-EVIDENCE-WRITE' });
  });

  it.each([
    ['longer', 'aaaa'],
    ['shorter', 'a'],
    ['another', 'bb'],
  ])('is one of which a member is %s when it is read again', async (_what, second) => {
    const texts = ['aa', second];
    const member: Member = { name: 'x', bytes: () => Readable.from([Buffer.from(texts.shift() ?? '')]) };
    const key = await signingKey(relay.dir);
    await expect(writeBundle(bundle, [member], key)).rejects.toMatchObject({
      code: 'E-EVIDENCE-WRITE',
      message: 'x changed while it was read',
    });
    expect(await readdir(dir)).toEqual(['state']);
  });
});

describe('report verify', () => {
  it('names the member of which one byte was changed, of every kind', async () => {
    await write();
    const whole = await readFile(bundle);
    const members = (await execa('tar', ['--zstd', '-tf', bundle])).stdout.split('\n');
    for (const member of members.filter((name) => name !== MANIFEST && name !== SIGNATURE)) {
      await writeFile(bundle, whole);
      await repack((folder) => flip(join(folder, member), 5));
      const { problems } = await verifyBundle(bundle, null);
      expect(problems).toMatchObject([{ code: 'E-EVIDENCE-ALTERED', member }]);
    }
  });

  it('names a manifest or a signature of which one byte was changed, wherever', async () => {
    await write();
    const whole = await readFile(bundle);
    const { stdout: signature } = await execa('tar', ['--zstd', '-xOf', bundle, SIGNATURE]);
    for (const [member, at] of [
      [MANIFEST, 0],
      [MANIFEST, 64],
      [MANIFEST, 70],
      ...[0, 40, 120, 200, 260, signature.length - 40, signature.length - 1, signature.length].map(
        (one) => [SIGNATURE, one] as const,
      ),
    ] as const) {
      await writeFile(bundle, whole);
      await repack((folder) => flip(join(folder, member), at));
      const { problems } = await verifyBundle(bundle, null);
      expect(problems.map(({ message, member: named }) => `${named ?? ''} ${message}`).join('\n')).toContain(
        member,
      );
    }
  });

  it('names what is missing, what was added, and what is there twice', async () => {
    await write();
    await repack(async (folder, members) => {
      members.splice(members.indexOf('web1/2/log/rsyncd.log'), 1);
      await writeFile(join(folder, 'web1/2/extra'), 'x');
      await symlink('/etc/passwd', join(folder, 'web1/2/link'));
      members.push('web1/2/extra', 'web1/2/link', 'bundle.json');
    });
    const { problems } = await verifyBundle(bundle, null);
    expect(problems.map(({ code, member }) => [code, member])).toEqual([
      ['E-EVIDENCE-ADDED', 'web1/2/extra'],
      ['E-EVIDENCE-ADDED', 'web1/2/link'],
      ['E-EVIDENCE-ADDED', 'bundle.json'],
      ['E-EVIDENCE-MISSING', 'web1/2/log/rsyncd.log'],
    ]);
  });

  it('tells of a byte that was changed in the file itself, and of one that is cut off', async () => {
    await write();
    const whole = await readFile(bundle);
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 25)) {
      await writeFile(bundle, whole);
      await flip(bundle, at);
      const { problems } = await verifyBundle(bundle, null);
      expect(problems, `byte ${at}`).not.toEqual([]);
    }
    for (const length of [0, 3, 100, whole.length >> 1, whole.length - 1]) {
      await writeFile(bundle, whole);
      await truncate(bundle, length);
      const { problems } = await verifyBundle(bundle, null);
      expect(problems.map(({ code }) => code)).toContain('E-EVIDENCE-DAMAGED');
    }
    await writeFile(bundle, whole);
    await truncate(bundle, whole.length >> 1);
    const { problems } = await verifyBundle(bundle, null);
    expect(problems.map(({ member }) => member)).toContain('web1/2/boot/bios/screenshot.png');
  });

  it('refuses what another key has signed than the one that is demanded', async () => {
    const { signer } = await write();
    await rm(join(relay.dir, 'evidence.key'));
    const other = await write();
    expect((await verifyBundle(bundle, other.signer)).problems).toEqual([]);
    expect((await verifyBundle(bundle, signer)).problems).toMatchObject([
      { code: 'E-EVIDENCE-SIGNER', message: expect.stringContaining(signer) as string },
    ]);
  });

  it.each([
    ['text', (file: string) => writeFile(file, 'hello')],
    ['a tar of something else', (file: string) => execa('tar', ['--zstd', '-cf', file, '/etc/hostname'])],
    [
      'zeros without end',
      (file: string) => execa('sh', ['-c', 'head -c 100M /dev/zero | zstd -qf -o "$1"', 'sh', file]),
    ],
    [
      'a manifest without end',
      async (file: string) => {
        await execa('sh', [
          '-c',
          `cd "$1" && head -c 100M /dev/zero >${MANIFEST} && tar --zstd -cf "$2" ${MANIFEST}`,
          'sh',
          dir,
          file,
        ]);
      },
    ],
  ])('takes %s for no bundle', async (_what, make) => {
    await make(bundle);
    const { signer, problems } = await verifyBundle(bundle, null);
    expect(signer).toBeNull();
    expect(problems.map(({ code }) => code)).toEqual(['E-EVIDENCE-DAMAGED']);
  });
});

it('is written and checked by the command', async () => {
  const run = (...words: string[]) => runCommand(join(dir, 'state'), 'report', ...words);
  const written = await run('--bundle', bundle, '--json');
  expect(written.code).toBe(0);
  const { signer } = JSON.parse(written.out) as { signer: string };
  await writeFile(
    join(dir, 'relay.pub'),
    (await execa('tar', ['--zstd', '-xOf', bundle, PUBLIC_KEY])).stdout,
  );
  const good = await run('verify', bundle, '--key', join(dir, 'relay.pub'));
  expect(good).toMatchObject({ code: 0, out: expect.stringContaining(`signed by ${signer}`) as string });
  await repack((folder) => flip(join(folder, 'web1/2/boot/bios/serial.log'), 3));
  const bad = await run('verify', bundle);
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(/^E-EVIDENCE-ALTERED {2}web1\/2\/boot\/bios\/serial\.log/);
  expect(JSON.parse((await run('verify', bundle, '--json')).out)).toMatchObject({ valid: false, signer });
  expect(await run('verify', join(dir, 'none'))).toMatchObject({ code: 2 });
  expect(await run('--bundle', bundle, '--server', 'web9')).toMatchObject({
    code: 1,
    err: expect.stringContaining('E-EVIDENCE-NONE') as string,
  });
});

it('tells of a server that did not get as far as a relay, by its recorded result', async () => {
  const refused = {
    migration: 'm',
    name: 'web2',
    job: 'job/m/web2/1',
    wave: 'w',
    status: 'Cancelled' as const,
  };
  const rest = { step: null, attempts: 1, sync: null, images: [], verify: null, error: null };
  writeResult(stateLayout(join(dir, 'state')), { ...refused, ...rest });
  const { code, out } = await runCommand(join(dir, 'state'), 'report', '--bundle', bundle, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ servers: ['web1', 'web2'] });
  const { stdout } = await execa('tar', ['--zstd', '-xOf', bundle, 'web2/1/result.json']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'Cancelled' });
});
