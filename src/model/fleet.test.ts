import { expect, test } from 'vitest';
import { resolveServer, type ServerSettings } from './fleet.js';

const defaults: ServerSettings = {
  ssh: { user: 'root', jump: 'bastion' },
  sync: {
    mode: 'once',
    everyMs: 900_000,
    network: 'direct',
    rateMbps: null,
    compression: 'auto',
    excludes: { system: ['/var/tmp/'], disk1: ['/scratch/'] },
    quiesce: [],
    afterCutover: 'leave-stopped',
    snapshot: 'auto',
    seed: 'auto',
  },
  image: { format: 'qcow2', name: null, disks: {} },
  verify: { checksum: true, boot: ['bios'], commands: ['true'], ports: [] },
  retry: { maximumAttempts: 5, initialIntervalMs: 10_000 },
  validDays: 30,
};
const own = { name: 'web1', host: 'h', tags: ['web'], dependsOn: ['db1'], notWith: [] };

test('a server without fields of its own has the defaults', () => {
  expect(resolveServer(defaults, { ...own, overrides: {} })).toEqual({
    ...defaults,
    name: 'web1',
    host: 'h',
    tags: ['web'],
  });
});

test('a field of its own replaces that field, and no other', () => {
  const server = resolveServer(defaults, {
    ...own,
    overrides: {
      ssh: { port: 2222, jump: null },
      sync: { excludes: { system: [] } },
      verify: { commands: [], checksum: false },
      retry: { maximumAttempts: 1 },
      validDays: 7,
    },
  });
  expect(server.ssh).toEqual({ user: 'root', port: 2222, jump: null });
  expect(server.sync).toEqual({ ...defaults.sync, excludes: { system: [] } });
  expect(server.image).toEqual(defaults.image);
  expect(server.verify).toEqual({ checksum: false, boot: ['bios'], commands: [], ports: [] });
  expect(server.retry).toEqual({ maximumAttempts: 1, initialIntervalMs: 10_000 });
  expect(server.validDays).toBe(7);
});
