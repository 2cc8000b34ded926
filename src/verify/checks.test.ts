import { describe, expect, it } from 'vitest';
import type { FstabEntry } from '../model/plan.js';
import { checksError } from './checksError.js';
import { hostnameCheck, machineIdCheck } from './identity.js';
import { parseListening, waitForPorts } from './ports.js';
import { safeLine, safeText } from './safeText.js';
import { parseSwaps, swapChecks } from './swaps.js';

const never = new AbortController().signal;
const swap = (spec: string, options = 'sw'): FstabEntry => ({
  spec,
  file: 'none',
  type: 'swap',
  options,
  dump: 0,
  pass: 0,
});

describe('swapChecks', () => {
  const active = parseSwaps('/dev/vda4 0a1b-SWAP\n/swapfile 77aa\n/dev/zram0\n');
  it('finds a partition by its UUID and a file by its path', () => {
    const checks = swapChecks([swap('UUID=0A1B-swap'), swap('/swapfile')], active);
    expect(checks.map(({ ok }) => ok)).toEqual([true, true]);
  });
  it('fails what is not on, and leaves noauto alone', () => {
    expect(swapChecks([swap('UUID=ffff'), swap('UUID=eeee', 'sw,noauto')], active)).toEqual([
      { name: 'swap UUID=ffff', ok: false, detail: 'on: /dev/vda4, /swapfile, /dev/zram0' },
    ]);
    expect(swapChecks([swap('/swapfile')], [])[0]).toMatchObject({ ok: false, detail: 'no swap is on' });
  });
});

describe('identity', () => {
  const source = { hostname: 'web1', machineId: 'aa'.repeat(16), hardwareAddresses: [] };
  it('compares host name and machine-id', () => {
    expect(hostnameCheck('web1\n', source).ok).toBe(true);
    expect(hostnameCheck('localhost\n', source)).toMatchObject({
      ok: false,
      detail: 'localhost instead of web1',
    });
    expect(machineIdCheck('aa'.repeat(16), source)[0]?.ok).toBe(true);
    expect(machineIdCheck('', source)[0]?.ok).toBe(false);
    expect(machineIdCheck('', { ...source, machineId: null })).toEqual([]);
  });
});

describe('ports', () => {
  const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 1021 1 0 100 0 0 10 0
   1: 0F02000A:0016 0202000A:E1D2 01 00000000:00000000 02:000A7D5A 00000000     0        0 1022 2 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0
`;
  it('reads listening sockets of both families', () => {
    expect([...parseListening(TCP)]).toEqual([5432, 80]);
  });
  it('waits for a port that opens late', async () => {
    const answers = ['', TCP];
    const ask = (): Promise<string> => Promise.resolve(answers.shift() ?? TCP);
    const checks = await waitForPorts(ask, [80, 5432], 10_000, never);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  });
  it('names the port that nobody listens on', async () => {
    expect(await waitForPorts(() => Promise.resolve(TCP), [80, 22], 0, never)).toEqual([
      { name: 'port 80', ok: true, detail: 'listening' },
      { name: 'port 22', ok: false, detail: 'nobody listens on it' },
    ]);
  });
});

describe('safeText', () => {
  it('takes control characters and direction overrides out', () => {
    expect(safeText('\u001b[31mred\u0007\u202e\r\nnext\tline\u009b', 100)).toBe(
      '\ufffd[31mred\ufffd\ufffd\nnext\tline\ufffd',
    );
  });
  it('cuts by bytes, never inside a character', () => {
    expect(safeText('äöü', 3)).toBe('ä …');
    expect(safeLine(' a\n b ')).toBe('a b');
  });
});

describe('checksError', () => {
  it('names each failed check', () => {
    const checks = [
      { name: 'port 80', ok: false, detail: 'nobody listens on it' },
      { name: 'host name', ok: true, detail: 'web1' },
      { name: 'system state', ok: false, detail: 'the system’s state is maintenance' },
    ];
    expect(checksError({ checks, commands: [] }, 'web1')).toMatchObject({
      code: 'E-BOOT-CHECKS',
      message:
        'the booted image of web1 failed 2 of 3 checks: port 80: nobody listens on it; ' +
        'system state: the system’s state is maintenance',
    });
    expect(checksError({ checks: checks.slice(1, 2), commands: [] }, 'web1')).toBeNull();
  });
});
