/** Commands and workers at a Temporal that wants TLS, a client certificate and an API key, as Temporal Cloud does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import { makeCertificates, TlsEnd, type Certificates } from '../../test/support/tls.js';
import { ORCHESTRATOR_QUEUE } from '../model/job.js';
import { projectDir } from '../service/projectDir.js';
import { findTemporalCli } from '../service/temporalCli.js';
import { pollersOf } from '../temporal/pollers.js';

const API_KEY = 'key-of-a-test';
const folder = mkdtempSync(join(tmpdir(), 'fleetlift-tls-'));
let files: Certificates;
let temporal: TestWorkflowEnvironment;
let end: TlsEnd;

beforeAll(async () => {
  temporal = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: findTemporalCli() } },
  });
  files = await makeCertificates(folder);
  end = await TlsEnd.before(temporal.address, files, API_KEY);
});

afterAll(async () => {
  end.close();
  await temporal.teardown();
  rmSync(folder, { recursive: true, force: true });
});

function fleetlift(args: readonly string[], settings: Record<string, string>) {
  return execa(join(projectDir(), 'bin', 'fleetlift'), [...args, '--state-dir', join(folder, 'state')], {
    reject: false,
    env: { HOME: folder, XDG_CONFIG_HOME: folder, TEMPORAL_ADDRESS: end.address, ...settings },
  });
}

const settings = (): Record<string, string> => ({
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
  TEMPORAL_TLS_CLIENT_CERT_PATH: files.clientCert,
  TEMPORAL_TLS_CLIENT_KEY_PATH: files.clientKey,
  TEMPORAL_API_KEY: API_KEY,
});

it('a worker asks for work there, and ends well when it is stopped', async () => {
  const worker = fleetlift(['worker'], settings());
  const { workflowService } = temporal.client;
  await pollUntil(200, AbortSignal.any([AbortSignal.timeout(60_000), endOf(worker)]), async () => {
    const pollers = await pollersOf(workflowService, 'default', ORCHESTRATOR_QUEUE);
    return pollers.length > 0 ? true : null;
  });
  worker.kill('SIGTERM');
  const { exitCode, stderr } = await worker;
  expect(stderr).not.toContain(API_KEY);
  expect(exitCode).toBe(0);
});

it('commands follow temporal.toml', async () => {
  const file = join(folder, 'temporal.toml');
  const lines = [
    '[profile.default]',
    `address = "${end.address}"`,
    `api_key = "${API_KEY}"`,
    '[profile.default.tls]',
    `server_ca_cert_path = "${files.ca}"`,
    `client_cert_path = "${files.clientCert}"`,
    `client_key_path = "${files.clientKey}"`,
  ];
  writeFileSync(file, lines.join('\n'));
  const { exitCode, stdout } = await fleetlift(['sources', 'list', '--json'], {
    TEMPORAL_ADDRESS: '',
    TEMPORAL_CONFIG_FILE: file,
  });
  expect(JSON.parse(stdout)).toEqual({ sources: [] });
  expect(exitCode).toBe(0);
});

it.each([
  [
    'without a client certificate',
    /may want a client certificate/,
    { TEMPORAL_TLS_CLIENT_CERT_PATH: '', TEMPORAL_TLS_CLIENT_KEY_PATH: '' },
  ],
  ['with another API key', /authentication credentials/, { TEMPORAL_API_KEY: 'another' }],
])('a worker %s is not let in, and says where to look', async (_how, cause, wrong) => {
  const { exitCode, stderr } = await fleetlift(['worker'], { ...settings(), ...wrong });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/E-TEMPORAL.*not reachable/s);
  expect(stderr).toMatch(cause);
  expect(stderr).toContain('TEMPORAL_TLS_*');
});

/** Aborts where the process ends. */
function endOf(child: PromiseLike<{ stderr: string }>): AbortSignal {
  const controller = new AbortController();
  void child.then(({ stderr }) => controller.abort(new Error(`it ended: ${stderr}`)));
  return controller.signal;
}
