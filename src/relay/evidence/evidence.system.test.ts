/** What a relay keeps for a bundle, with the tools of this machine. */
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordedFacts } from '../../agent/facts/testing.js';
import { parsed } from '../../inventory/testing.js';
import { resolveServer } from '../../model/fleet.js';
import { planReplica } from '../../plan/planReplica.js';
import { eventually } from '../../ssh/testing/sshd.js';
import { jobPaths } from '../paths.js';
import { hashFiles } from './hashFiles.js';
import { keepEvidence } from './keepEvidence.js';
import { toolVersions } from './toolVersions.js';

const job = { migration: 'm', server: 'web1', number: 1 };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fleetlift-kept-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('lists every plain file with its hash, as sha256sum checks it', async () => {
  const root = join(dir, 'root');
  await mkdir(join(root, 'etc'), { recursive: true });
  for (const name of ['etc/hosts', 'etc/new\nline', 'etc/back\\slash', '-dash', 'etc/ünïcode'])
    await writeFile(join(root, name), name);
  await symlink('/etc/shadow', join(root, 'etc/link'));
  const empty = join(dir, 'empty');
  await mkdir(empty);
  await hashFiles(
    new Map([
      ['fs0', root],
      ['fs1', empty],
    ]),
    join(dir, 'evidence'),
  );
  expect(await readdir(join(dir, 'evidence/files'))).toEqual(['fs0.sha256', 'fs1.sha256']);
  const list = join(dir, 'evidence/files/fs0.sha256');
  const { stdout } = await execa('sha256sum', ['--check', '--strict', list], { cwd: root });
  expect(stdout.split('\n')).toHaveLength(5);
  // Byte for byte what sha256sum writes.
  const ours = ['sh', '-c', 'find . -type f -print0 | sort -z | xargs -0 sha256sum --'];
  const { stdout: theirs } = await execa(ours[0] ?? '', ours.slice(1), { cwd: root, env: { LC_ALL: 'C' } });
  expect(await readFile(list, 'utf8')).toBe(`${theirs}\n`);
  expect(await readFile(join(dir, 'evidence/files/fs1.sha256'), 'utf8')).toBe('');
});

it('leaves nothing that goes on, and no list, where it is aborted', async () => {
  const root = join(dir, 'root');
  await mkdir(root);
  await writeFile(join(root, 'large'), '');
  await truncate(join(root, 'large'), 2 ** 40);
  const abort = new AbortController();
  const running = hashFiles(new Map([['fs0', root]]), join(dir, 'evidence'), abort.signal);
  const ended = expect(running).rejects.toThrow('enough');
  await eventually(async () => (await processesIn(root)).includes('node'), 'the hash of a large file');
  abort.abort(new Error('enough'));
  await ended;
  await eventually(async () => (await processesIn(root)).length === 0, 'its end');
  expect(await readdir(join(dir, 'evidence/files'))).toEqual([]);
});

/** Names of the processes that work in a folder. */
async function processesIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return cwd === folder ? (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() : '';
    }),
  );
  return names.filter((name) => name !== '');
}

it('tells a full disk as such', async () => {
  const [root, folder] = [join(dir, 'root'), join(dir, 'evidence/files')];
  await mkdir(root);
  await mkdir(folder, { recursive: true });
  await writeFile(join(root, 'file'), 'x');
  await symlink('/dev/full', join(folder, 'fs0.sha256.new'));
  await expect(hashFiles(new Map([['fs0', root]]), join(dir, 'evidence'))).rejects.toMatchObject({
    code: 'E-RELAY-FULL',
  });
});

it('leaves no half of a list where it fails', async () => {
  const gone = new Map([['fs0', join(dir, 'gone')]]);
  await expect(hashFiles(gone, join(dir, 'evidence'))).rejects.toMatchObject({ code: 'E-RELAY-DISK' });
  expect(await readdir(join(dir, 'evidence/files'))).toEqual([]);
});

it('keeps facts, plan, settings and the excludes as rsync is given them', async () => {
  const relay = { name: 'local', dir, port: 0, address: '127.0.0.1' };
  const fleet = parsed(
    'version: 1\nname: m\nservers: [{name: web1, host: h, sync: {excludes: {system: [/var/tmp/]}}}]\n',
  );
  const [first] = fleet.servers;
  if (first === undefined) throw new Error('a fleet of one server has none');
  const server = resolveServer(fleet.defaults, first);
  const facts = recordedFacts('ext4-mbr');
  const plan = planReplica(facts, server);
  const { evidence } = jobPaths(relay, job);
  const kept = async (name: string) => JSON.parse(await readFile(join(evidence, name), 'utf8')) as unknown;
  await keepEvidence(relay, job, server, { facts, plan: null });
  expect(await readdir(evidence)).toEqual(['facts.json', 'settings.json']);
  await keepEvidence(relay, job, server, { facts, plan });
  expect(await kept('facts.json')).toEqual(facts);
  expect(await kept('plan.json')).toEqual(plan);
  expect(await kept('settings.json')).toEqual(server);
  expect(await kept('excludes.json')).toContainEqual(
    expect.objectContaining({ filesystem: 'fs0', excludes: ['/var/tmp/'] }),
  );
});

it('tells the version of each tool', async () => {
  expect(await toolVersions()).toMatchObject({
    node: process.version,
    rsync: expect.stringMatching(/^rsync +version 3\./) as string,
    ssh: expect.stringMatching(/^OpenSSH_/) as string,
    'qemu-img': expect.stringMatching(/^qemu-img version/) as string,
    'mkfs.ext4': expect.stringMatching(/^mke2fs 1\./) as string,
  });
});
