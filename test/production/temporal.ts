/** Temporal's server of production on PostgreSQL, from the files that docker-compose.yml uses. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT_DIR } from '../../lab/paths.js';
import { waitFor } from '../../lab/waitFor.js';
import { findTemporalCli } from '../../src/service/temporalCli.js';
import { SYSTEM_PATH } from './environment.js';
import { Program } from './Program.js';
import { on, STATIONS } from './stations.js';

const TOOLS = join(PROJECT_DIR, '.cache', 'bin');
const DEPLOY = join(PROJECT_DIR, 'deploy', 'temporal');
const READY_MS = 60_000;
const POSTGRES_ROOT = '/usr/lib/postgresql';

/**
 * Starts database, schema, server and namespace, each as the compose file does.
 * @param keep - told of each program as soon as it runs
 * @returns `HOST:PORT` for workers, relays and commands
 */
export async function startTemporal(folder: string, keep: (program: Program) => void): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const { address: host } = STATIONS.temporal;
  await startPostgres(folder, password, keep);
  const sql = {
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: host,
    SQL_PORT: '5432',
    SQL_USER: 'temporal',
    SQL_PASSWORD: password,
  };
  const env = { PATH: `${TOOLS}:${SYSTEM_PATH}` };
  // Twice: an upgrade runs it on a database that is there.
  for (const _ of [1, 2]) {
    await runOn(['sh', join(DEPLOY, 'schema.sh')], { ...env, ...sql });
  }
  const server = Program.start('temporal', on(STATIONS.temporal, [join(TOOLS, 'temporal-server'), 'start']), {
    log: join(folder, 'temporal.log'),
    env: {
      ...env,
      ...serverSettings(),
      POSTGRES_SEEDS: host,
      POSTGRES_USER: 'temporal',
      POSTGRES_PWD: password,
      DYNAMIC_CONFIG_FILE_PATH: join(DEPLOY, 'dynamic.yaml'),
      BIND_ON_IP: host,
      TEMPORAL_BROADCAST_ADDRESS: host,
    },
  });
  keep(server);
  const address = `${host}:7233`;
  const namespaceEnv = {
    PATH: `${join(findTemporalCli(), '..')}:${env.PATH}`,
    HOME: folder,
    TEMPORAL_ADDRESS: address,
  };
  for (const _ of [1, 2]) await runOn(['sh', join(DEPLOY, 'namespace.sh')], namespaceEnv);
  return address;
}

async function startPostgres(
  folder: string,
  password: string,
  keep: (program: Program) => void,
): Promise<void> {
  const bin = join(POSTGRES_ROOT, newestPostgres(), 'bin');
  const data = join(folder, 'postgresql');
  const passwordFile = join(folder, 'postgres.password');
  const uid = Number((await execa('id', ['-u', 'postgres'])).stdout);
  await mkdir(data, { mode: 0o700 });
  await chown(data, uid, uid);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await chown(passwordFile, uid, uid);
  const as = (words: readonly string[]): string[] => on(STATIONS.temporal, words, uid);
  const init = [
    ...[join(bin, 'initdb'), '--pgdata', data, '--username', 'temporal', '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'],
  ];
  await run(as(init), { PATH: SYSTEM_PATH });
  await writeFile(join(data, 'pg_hba.conf'), 'host all temporal 198.18.2.0/24 scram-sha-256\n');
  const { address } = STATIONS.temporal;
  const words = [
    join(bin, 'postgres'),
    ...['-D', data, '-c', `listen_addresses=${address}`, '-c', `unix_socket_directories=${data}`],
    ...['-c', 'max_connections=200'],
  ];
  const program = Program.start('postgresql', as(words), {
    log: join(folder, 'postgresql.log'),
    env: { PATH: SYSTEM_PATH },
  });
  keep(program);
  await waitFor('PostgreSQL', READY_MS, async () => {
    const [command = '', ...rest] = on(STATIONS.temporal, [join(bin, 'pg_isready'), '-h', address]);
    return (await execa(command, rest, { reject: false })).exitCode === 0;
  });
}

function newestPostgres(): string {
  const versions = existsSync(POSTGRES_ROOT) ? readdirSync(POSTGRES_ROOT) : [];
  const [newest] = versions.sort((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error('there is no PostgreSQL server: sh scripts/setup.sh production');
  return newest;
}

/** deploy/temporal/server.env, as docker compose reads it. */
function serverSettings(): Record<string, string> {
  const lines = readFileSync(join(DEPLOY, 'server.env'), 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const runOn = (words: readonly string[], env: Record<string, string>): Promise<void> =>
  run(on(STATIONS.temporal, words), env);

async function run([command = '', ...words]: readonly string[], env: Record<string, string>): Promise<void> {
  await execa(command, words, { env, extendEnv: false });
}
