import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../ssh/testing/sshd.js';
import { startBench, type Bench } from './testing/bench.js';

const FILE_BYTES = 64 << 20;
const HELD_BYTES = 40 << 20;

describe.each(['dash', 'busybox'] as const)('a pass that breaks off, under %s', (shell) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench(shell);
    await writeFile(join(bench.source, 'large'), randomBytes(FILE_BYTES));
    bench.gate.holdAfter(HELD_BYTES);
    await bench.agent.startPass(bench.pass(1, 'sync'));
    await eventually(() => bench.gate.held, 'the middle of the file');
  });
  afterEach(() => bench.dispose());

  it('goes on in the middle of a file after kill -9 of rsync', async () => {
    process.kill(await pidIn('rsync'), 'SIGKILL');
    expect(await bench.until(1, 'failed')).toMatchObject({ filesystems: [{ exitCode: 137 }] });
    await expectGoesOn();
  });

  it('goes on after kill -9 of the supervisor, whose rsync lives on', async () => {
    const [supervisor, rsync] = [await pidIn('pid'), await pidIn('rsync')];
    process.kill(supervisor, 'SIGKILL');
    const { startedAtEpoch } = await bench.until(1, 'failed');
    expect(await bench.processes()).toContain(rsync);
    await expectGoesOn();
    expect(await bench.processes()).not.toContain(rsync);
    expect((await bench.agent.passStatus(1))?.startedAtEpoch).toBe(startedAtEpoch);
  });

  it('is stopped within five seconds, and goes on', async () => {
    const asked = Date.now();
    expect((await bench.agent.passStatus(1))?.state).toBe('running');
    // It is the agent that waits for the end, so that it is not asked all the time.
    expect(Date.now() - asked).toBeGreaterThan(900);
    const began = Date.now();
    await bench.agent.stopPass(1);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await bench.processes()).toEqual([]);
    expect((await bench.agent.passStatus(1))?.state).toBe('stopped');
    await expectGoesOn();
  });

  it('lets who asks wait as long as it was told to, and tells its end at once', async () => {
    const asked = Date.now();
    expect((await bench.agent.passStatus(1, 2))?.state).toBe('running');
    expect(Date.now() - asked).toBeGreaterThan(1900);
    const ended = bench.agent.passStatus(1, 60);
    const opened = Date.now();
    bench.gate.open();
    expect((await ended)?.state).toBe('done');
    expect(Date.now() - opened).toBeLessThan(30_000);
  });

  it('is left alone by a second start, and removed while it runs', async () => {
    const supervisor = await pidIn('pid');
    await bench.agent.startPass(bench.pass(1, 'sync'));
    expect(await pidIn('pid')).toBe(supervisor);
    await bench.agent.remove();
    expect(await bench.processes()).toEqual([]);
    await expect(stat(bench.folder)).rejects.toThrow('ENOENT');
  });

  async function pidIn(file: string): Promise<number> {
    return parseInt(await readFile(join(bench.folder, 'pass/1', file), 'utf8'), 10);
  }

  /** What had arrived is not sent again. */
  async function expectGoesOn(): Promise<void> {
    bench.gate.open();
    // The receiver writes what it was sent before it notices that the sender is gone.
    const partial = join(bench.replica, 'large');
    await eventually(async () => (await stat(partial)).size > HELD_BYTES / 2, 'a partial file');
    expect(await bench.run(bench.pass(1, 'sync'))).toMatchObject({ state: 'done' });
    expect(bench.gate.bytes).toBeLessThan(FILE_BYTES - HELD_BYTES * 0.9);
    await execa('cmp', [join(bench.source, 'large'), partial]);
  }
});
