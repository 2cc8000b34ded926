/** A password that fleetlift logs in with stands nowhere but in the environment of the processes that log in. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import { knownHostsFile } from '../../lab/state.js';
import { delay } from '../../src/delay.js';
import type { LabServer } from '../../lab/servers.js';
import { filesWith, processesWith, writtenForms } from '../support/traces.js';
import { Fleetlift } from './fleetlift.js';
import { onlyServer, QUICK_EXCLUDES, transferOnly, writeInventory } from './inventory.js';
import { LabShell } from './labShell.js';

/** Of an sshd that takes passwords. */
const PORT = 2201;
/** Between two looks at all processes, so that the migration has the machine. */
const LOOK_MS = 200;
/** Every sign that some writing escapes. */
const PASSWORD = `wörd"\\+/&<%${randomBytes(6).toString('hex')}~€`;
const VARIABLE = 'LAB_LOGIN';
/** Those that log in: the command, and the service that it starts. */
const OWNERS = /bin\/fleetlift|dist\/src\/service\/main\.js/;
/** What the source itself has: its disks, and the image made of them. */
const OF_THE_SOURCE = ['disks', 'images'];

let fleetlift: Fleetlift;
let server: LabServer;
let shell: LabShell;
let inventory: string;

beforeAll(async () => {
  await labDown();
  const [first] = await labUp({ servers: 1 });
  if (first === undefined) throw new Error('a lab of one server has none');
  server = first;
  shell = new LabShell(server);
  fleetlift = await Fleetlift.inNewFolder({ env: { [VARIABLE]: PASSWORD } });
  await shell.run(
    [
      `echo ${Buffer.from(`root:${PASSWORD}`).toString('base64')} | base64 -d | chpasswd`,
      `/usr/sbin/sshd -p ${PORT} -o PidFile=/run/second-sshd.pid -o PasswordAuthentication=yes -o PubkeyAuthentication=no -o PermitRootLogin=yes`,
    ].join('\n'),
  );
  const knownHosts = join(fleetlift.stateDir, 'known_hosts');
  const lab = await readFile(knownHostsFile(DEFAULT_STATE_DIR), 'utf8');
  await writeFile(knownHosts, lab.replaceAll(`${server.address} `, `[${server.address}]:${PORT} `));
  inventory = await writeInventory(fleetlift.stateDir, 'secrets', (document) => {
    transferOnly(document);
    document.setIn(['defaults', 'sync'], { excludes: QUICK_EXCLUDES });
    document.setIn(['defaults', 'ssh'], { user: 'root', port: PORT, knownHosts, passwordEnv: VARIABLE });
  });
});

afterAll(async () => {
  await fleetlift.dispose();
  await labDown();
});

it('a password is in no process but those that log in, while a server is migrated', async () => {
  const forms = writtenForms(PASSWORD);
  const seen = new Set<string>();
  const over = new AbortController();
  const watching = (async () => {
    let looks = 0;
    for (; !over.signal.aborted; looks += 1) {
      for (const one of await processesWith(forms)) seen.add(one);
      await delay(LOOK_MS);
    }
    return looks;
  })();
  const { exitCode, result } = await fleetlift.migrate(inventory).finally(() => over.abort());
  expect(onlyServer(result)).toMatchObject({ status: 'Finished', error: null });
  expect(exitCode).toBe(0);
  expect(await watching).toBeGreaterThan(10);
  expect([...seen].filter((command) => !OWNERS.test(command))).toEqual([]);
  // That it was looked for in the right way.
  expect([...seen].some((command) => command.includes('service/main.js'))).toBe(true);
});

it('and in nothing that is kept or shown: database, logs, results, reports, the source', async () => {
  const shown = join(fleetlift.stateDir, 'shown');
  await mkdir(shown);
  const bundle = join(shown, 'bundle.tar.zst');
  const commands = [
    ['report'],
    ['report', '--json'],
    ['report', '--html', join(shown, 'report.html'), '--csv', join(shown, 'report.csv')],
    ['status', '--json'],
    ['jobs', 'show', 'lab1', '--json'],
    ['logs', 'lab1'],
    ['validate', inventory, '--json'],
    ['doctor', '--json'],
    ['report', '--bundle', bundle],
  ];
  for (const [at, command] of commands.entries()) {
    const { exitCode, stdout, stderr } = await fleetlift.run(...command);
    expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
    await writeFile(join(shown, `${at}`), stdout + stderr);
  }
  await execa('tar', ['--zstd', '-xf', bundle, '-C', shown]);
  expect(await filesWith(fleetlift.stateDir, writtenForms(PASSWORD), OF_THE_SOURCE)).toEqual([]);
  // The name of the variable is in each of them, or of the server: so they were searched.
  const named = async (text: string): Promise<string> =>
    (await filesWith(fleetlift.stateDir, writtenForms(text), OF_THE_SOURCE)).join('\n');
  expect(await named(VARIABLE)).toMatch(/temporal\.db/);
  const ofServer = await named('lab1');
  for (const file of [
    'shown/report.html',
    'results/secrets/lab1/1.json',
    'shown/0',
    'shown/5',
    'shown/lab1/1/evidence/settings.json',
  ])
    expect(ofServer).toContain(file);

  const patterns = Buffer.from(writtenForms(PASSWORD).join('\n')).toString('base64');
  const search = `base64 -d | grep -rlaF -f - /etc /root /home /tmp /run /var 2>/dev/null || true`;
  expect(await shell.run(`echo ${patterns} | ${search}`)).toBe('');
  const address = Buffer.from('root:').toString('base64');
  expect(await shell.run(`echo ${address} | ${search}`)).toContain('/etc/shadow');
});

it('a secret by its name gets into no fleet', async () => {
  const token = randomBytes(12).toString('hex');
  const own = await Fleetlift.inNewFolder({
    env: { [VARIABLE]: PASSWORD, LAB_TOKEN: token, ALSO: PASSWORD },
  });
  try {
    for (const name of ['LAB_TOKEN', 'ALSO', VARIABLE]) {
      const file = await writeInventory(own.stateDir, `with-${name}`, (document) => {
        document.setIn(['defaults', 'ssh', 'passwordEnv'], VARIABLE);
        document.setIn(['defaults', 'verify'], { boot: [], commands: [`check $` + `{${name}}`] });
      });
      const { exitCode, stdout, stderr } = await own.run('migrate', file, '--json');
      expect({ name, exitCode }).toEqual({ name, exitCode: 2 });
      await writeFile(join(own.stateDir, 'said'), stdout + stderr);
    }
    const forms = [...writtenForms(PASSWORD), ...writtenForms(token)];
    expect(await filesWith(own.stateDir, forms)).toEqual([]);
  } finally {
    await own.dispose();
  }
});
