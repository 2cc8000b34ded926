import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootFiles } from './boot/bootFolders.js';
import { newLogText, readJobLogs } from './logs.js';
import type { RelayContext } from './types.js';

const JOB = { migration: 'm', server: 's', number: 1 };
let dir: string;
let folder: string;
const relay = (): RelayContext => ({ dir }) as RelayContext;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleetlift-logs-'));
  folder = join(dir, 'jobs/m/s/1');
  mkdirSync(join(folder, 'log'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

it('are the end of each text, and nothing where there is no folder yet', async () => {
  expect(await readJobLogs(relay(), { ...JOB, server: 'other' })).toEqual([]);
  writeFileSync(join(folder, 'log/tools.log'), `${'x'.repeat(200_000)}end\n`);
  writeFileSync(join(folder, 'log/raw.bin'), 'not for an operator');
  const [tools, ...others] = await readJobLogs(relay(), JOB);
  expect(others).toEqual([]);
  expect(tools).toMatchObject({ name: 'log/tools.log', end: 200_004 });
  expect(tools?.text.endsWith('xend\n')).toBe(true);
  expect(tools?.text.length).toBe(128 * 1024);
});

it('are followed byte by byte, also by a log that is new, one that begins anew, and in the middle of a character', async () => {
  const file = join(folder, 'log/tools.log');
  writeFileSync(file, 'first\n');
  const known = { 'log/tools.log': 6 };
  expect(await newLogText(relay(), JOB, known)).toEqual([]);

  const [head = 0, ...rest] = Buffer.from('ü');
  appendFileSync(file, Buffer.concat([Buffer.from('second '), Buffer.from([head])]));
  expect(await newLogText(relay(), JOB, known)).toEqual([
    { name: 'log/tools.log', text: 'second ', end: 13 },
  ]);
  appendFileSync(file, Buffer.from(rest));
  expect(await newLogText(relay(), JOB, { 'log/tools.log': 13 })).toEqual([
    { name: 'log/tools.log', text: 'ü', end: 15 },
  ]);

  mkdirSync(join(folder, 'boot/bios'), { recursive: true });
  writeFileSync(join(folder, 'boot/bios/serial.log'), 'GRUB');
  writeFileSync(file, 'anew\n');
  expect(await newLogText(relay(), JOB, { 'log/tools.log': 15 })).toEqual([
    { name: 'log/tools.log', text: 'anew\n', end: 5 },
    { name: 'boot/bios/serial.log', text: 'GRUB', end: 4 },
  ]);
});

it('come in pieces where much was written at once, and none is left out', async () => {
  const text = Array.from({ length: 40_000 }, (_, at) => `line ${String(at)}\n`).join('');
  writeFileSync(join(folder, 'log/tools.log'), text);
  let end = 0;
  let read = '';
  for (;;) {
    const [piece] = await newLogText(relay(), JOB, { 'log/tools.log': end });
    if (piece === undefined) break;
    read += piece.text;
    ({ end } = piece);
  }
  expect(read).toBe(text);
});

it('have the console of a boot that runs, instead of what an earlier one left, and follow no link of its guest', async () => {
  mkdirSync(join(folder, 'boot/uefi'), { recursive: true });
  writeFileSync(join(folder, 'boot/uefi/serial.log'), 'the one before\n');
  const { guest, serialLog } = bootFiles(relay(), JOB, 'uefi');
  mkdirSync(guest, { recursive: true });
  writeFileSync(serialLog, 'GRUB\n');
  expect(await readJobLogs(relay(), JOB)).toEqual([{ name: 'boot/uefi/serial.log', text: 'GRUB\n', end: 5 }]);
  expect(await newLogText(relay(), JOB, { 'boot/uefi/serial.log': 2 })).toEqual([
    { name: 'boot/uefi/serial.log', text: 'UB\n', end: 5 },
  ]);

  rmSync(serialLog);
  writeFileSync(join(dir, 'secret'), 'of the relay');
  symlinkSync(join(dir, 'secret'), serialLog);
  expect((await readJobLogs(relay(), JOB)).map(({ text }) => text)).toEqual(['the one before\n']);
});
