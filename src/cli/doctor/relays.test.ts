import { expect, it } from 'vitest';
import { relayChecks } from './relays.js';

const NOON = Date.parse('2026-11-30T12:00:00Z');
const inspection = {
  freeBytes: 2 ** 40,
  missing: [],
  boots: 'kvm' as const,
  now: new Date(NOON + 1_000).toISOString(),
};

it('a relay that has all, and that a source reaches, is fine', () => {
  const checks = relayChecks([{ relay: 'dc1', inspection, server: 'web1', findings: [] }], NOON);
  expect(checks.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  expect(checks.at(-1)).toMatchObject({ name: 'relay dc1 from web1' });
});

it('names what a relay lacks, with the command for it', () => {
  const poor = {
    freeBytes: 2 ** 30,
    missing: [
      ['mkfs.xfs', 'xfsprogs'],
      ['mcopy', 'mtools'],
    ] as const,
    boots: 'tcg' as const,
    now: new Date(NOON - 7_200_000).toISOString(),
  };
  const checks = relayChecks([{ relay: 'dc1', inspection: poor, server: null, findings: [] }], NOON);
  expect(checks).toMatchObject([
    {
      name: 'relay dc1 tools',
      state: 'broken',
      message: 'missing: mkfs.xfs, mcopy',
      remedy: 'apt-get -y install xfsprogs mtools',
    },
    { name: 'relay dc1 space', state: 'warning', message: '1.0 GiB free for replicas and images' },
    { name: 'relay dc1 boots', state: 'warning' },
    { name: 'relay dc1 clock', state: 'warning', message: "7200 s behind this machine's" },
  ]);
});

it('tells why a source does not reach it, or that the relay does not answer', () => {
  const finding = {
    severity: 'blocking',
    code: 'E-RELAY-UNREACHABLE',
    message: 'the server does not reach the relay at 10.1.0.5:8703',
    remedy: 'open outbound TCP to 10.1.0.5:8703',
  } as const;
  const checks = relayChecks(
    [
      { relay: 'dc1', inspection, server: 'web1', findings: [finding] },
      { relay: 'dc2', inspection: null, server: null, findings: [{ ...finding, code: 'E-WORKER-LOST' }] },
    ],
    NOON,
  ).filter(({ state }) => state === 'broken');
  expect(checks).toEqual([
    {
      name: 'relay dc1 from web1',
      state: 'broken',
      message: `E-RELAY-UNREACHABLE: ${finding.message}`,
      remedy: finding.remedy,
    },
    expect.objectContaining({ name: 'relay dc2', message: `E-WORKER-LOST: ${finding.message}` }),
  ]);
});
