import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient, isTemporalConfigured, temporalSettings } from './connect.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fleetlift-temporal-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const embedded = () =>
  Promise.resolve({
    address: '127.0.0.1:1',
    namespace: 'default',
    payloadKeyFile: '/state/payload.key',
    uiUrl: 'http://127.0.0.1:2',
  });
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  HOME: home,
  XDG_CONFIG_HOME: home,
  ...more,
});

describe('where Temporal is', () => {
  it('is told by the flag before the environment', async () => {
    const settings = await temporalSettings({
      address: 'flag:7233',
      embedded,
      env: env({ TEMPORAL_ADDRESS: 'env:7233', TEMPORAL_NAMESPACE: 'fleet' }),
    });
    expect(settings).toEqual({ address: 'flag:7233', namespace: 'fleet', payloadKeyFile: null });
  });

  it('is told by temporal.toml where nothing else does', async () => {
    const file = join(home, 'temporal.toml');
    writeFileSync(file, '[profile.default]\naddress = "toml:7233"\nnamespace = "ns"\n');
    const settings = { embedded, env: env({ TEMPORAL_CONFIG_FILE: file }) };
    expect(await temporalSettings(settings)).toMatchObject({ address: 'toml:7233', namespace: 'ns' });
  });

  it('is the embedded one where nothing is configured, also by an empty variable', async () => {
    expect(await temporalSettings({ embedded, env: env({ TEMPORAL_ADDRESS: '' }) })).toEqual({
      address: '127.0.0.1:1',
      namespace: 'default',
      payloadKeyFile: '/state/payload.key',
    });
    expect(isTemporalConfigured(undefined, env())).toBe(false);
    expect(isTemporalConfigured(undefined, env({ TEMPORAL_ADDRESS: 'env:7233' }))).toBe(true);
  });

  it('signs with the key that the environment names, and the embedded one always with its own', async () => {
    const variable = { FLEETLIFT_PAYLOAD_KEY_FILE: '/etc/fleetlift/payload.key' };
    const external = { embedded, env: env({ ...variable, TEMPORAL_ADDRESS: 'env:7233' }) };
    expect((await temporalSettings(external)).payloadKeyFile).toBe('/etc/fleetlift/payload.key');
    expect((await temporalSettings({ embedded, env: env(variable) })).payloadKeyFile).toBe(
      '/state/payload.key',
    );
  });

  it('encrypts where that is wished and there is a key, and refuses what is neither on nor off', async () => {
    const key = { FLEETLIFT_PAYLOAD_KEY_FILE: '/etc/fleetlift/payload.key', TEMPORAL_ADDRESS: 'env:7233' };
    const settings = (more: NodeJS.ProcessEnv) => temporalSettings({ embedded, env: env(more) });
    expect(await settings({ ...key, FLEETLIFT_PAYLOAD_ENCRYPTION: 'on' })).toMatchObject({
      encryptPayloads: true,
    });
    expect(await settings({ ...key, FLEETLIFT_PAYLOAD_ENCRYPTION: 'off' })).not.toHaveProperty(
      'encryptPayloads',
    );
    await expect(
      settings({ TEMPORAL_ADDRESS: 'env:7233', FLEETLIFT_PAYLOAD_ENCRYPTION: 'on' }),
    ).rejects.toMatchObject({ code: 'E-USAGE' });
    await expect(settings({ ...key, FLEETLIFT_PAYLOAD_ENCRYPTION: 'yes' })).rejects.toMatchObject({
      code: 'E-USAGE',
    });
  });

  it('cannot be told by a broken temporal.toml', async () => {
    const file = join(home, 'temporal.toml');
    writeFileSync(file, '[profile.default\n');
    await expect(
      temporalSettings({ embedded, env: env({ TEMPORAL_CONFIG_FILE: file }) }),
    ).rejects.toMatchObject({
      code: 'E-TEMPORAL',
    });
  });
});

it('a Temporal that does not answer is E-TEMPORAL, with its address', async () => {
  await expect(
    connectClient({ address: '127.0.0.1:1', embedded, env: env(), timeoutMs: 300 }),
  ).rejects.toMatchObject({
    code: 'E-TEMPORAL',
    message: expect.stringContaining('127.0.0.1:1') as string,
  });
});
