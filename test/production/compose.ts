/** docker-compose.yml, checked by docker-compose itself: no engine is needed for that. */
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT_DIR } from '../../lab/paths.js';
import { SYSTEM_PATH } from './environment.js';

/** What .env has to say, beside what deploy/compose.env says already. */
const SETTINGS: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'x',
  GRAFANA_PASSWORD: 'x',
  FLEETLIFT_ALERTMANAGER_FILE: '/etc/fleetlift/alertmanager.yml',
  FLEETLIFT_PAYLOAD_KEY_FILE: '/etc/fleetlift/payload.key',
  FLEETLIFT_SSH_DIR: '/etc/fleetlift/ssh',
  FLEETLIFT_RELAY_DIR: '/srv/fleetlift',
};

/** What is wrong with it; null: nothing. */
export async function composeProblem(): Promise<string | null> {
  return config(SETTINGS);
}

/** Which of its settings can be left out without its saying so. */
export async function optionalSettings(): Promise<string[]> {
  const optional: string[] = [];
  for (const name of Object.keys(SETTINGS)) {
    const { [name]: _, ...others } = SETTINGS;
    if ((await config(others)) === null) optional.push(name);
  }
  return optional;
}

async function config(settings: Readonly<Record<string, string>>): Promise<string | null> {
  const file = join(PROJECT_DIR, 'docker-compose.yml');
  const { exitCode, stderr } = await execa(
    'docker-compose',
    ['-f', file, '--env-file', join(PROJECT_DIR, 'deploy', 'compose.env'), 'config', '-q'],
    { env: { PATH: SYSTEM_PATH, ...settings }, extendEnv: false, reject: false },
  );
  return exitCode === 0 ? null : stderr;
}
