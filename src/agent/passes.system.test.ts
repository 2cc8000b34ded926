import { link, mkdir, open, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBench, type Bench } from './testing/bench.js';
import { eventually } from '../ssh/testing/sshd.js';

describe.each(['dash', 'busybox', 'bash'] as const)('passes under %s', (shell) => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench(shell)));
  afterEach(() => bench.dispose());

  it('sends all, finds a corrupted byte and odd names, corrects them, and leaves nothing', async () => {
    const { agent, source, replica } = bench;
    await layContent(source);
    const sent = await bench.run(bench.pass(1, 'sync'));
    expect(sent).toMatchObject({ state: 'done', filesystems: [{ id: 'fs0', exitCode: 0 }] });
    expect(sent.filesystems[0]?.totalBytes).toBeGreaterThan(1 << 20);
    expect(sent.doneBytes).toBe(sent.filesystems[0]?.totalBytes);
    await expectEqual(source, replica);
    expect((await stat(join(replica, 'sparse'))).blocks).toBeLessThan(64);
    expect((await stat(join(replica, 'hard'))).ino).toBe((await stat(join(replica, 'plain'))).ino);
    expect(
      (await execa('getfattr', ['-n', 'user.note', '--only-values', join(replica, 'plain')])).stdout,
    ).toBe('x');

    expect((await bench.run(bench.pass(2, 'verify'))).state).toBe('done');
    expect(await agent.differences(2)).toEqual([]);

    await flipByte(join(replica, 'big'));
    await writeFile(Buffer.concat([Buffer.from(`${source}/`), ODD]), 'changed meanwhile');
    await writeFile(join(replica, 'only here'), '');
    const before = Math.floor(Date.now() / 1000);
    const verified = await bench.run(bench.pass(3, 'verify'));
    expect(verified.startedAtEpoch).toBeGreaterThanOrEqual(before);
    const found = await agent.differences(3);
    const names = found.filter((one) => !one.itemized.startsWith('.d')).map((one) => one.path);
    expect(names.sort()).toEqual(['big', ODD.toString('utf8'), 'only here'].sort());
    expect(found.find((one) => one.path === 'big')?.ctimeEpoch).toBe(
      Math.floor((await stat(join(source, 'big'))).ctimeMs / 1000),
    );
    expect(found.find((one) => one.path === 'only here')).toMatchObject({ itemized: '*deleting' });

    expect((await bench.run(bench.pass(4, 'correct'))).state).toBe('done');
    await expectEqual(source, replica);

    await agent.remove();
    await agent.remove();
    await expect(stat(bench.folder)).rejects.toThrow('ENOENT');
    expect(await bench.processes()).toEqual([]);
    expect(await mountsBelow(bench.folder)).toBe('');
  });
});

describe('a pass', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench('dash')));
  afterEach(() => bench.dispose());

  it('keeps apart two names whose hard link the source has broken', async () => {
    const { source, replica } = bench;
    await writeFile(join(source, 'a'), 'same');
    await link(join(source, 'a'), join(source, 'b'));
    await bench.run(bench.pass(1, 'sync'));
    await rm(join(source, 'b'));
    await writeFile(join(source, 'b'), 'other content');
    await bench.run(bench.pass(2, 'sync'));
    await bench.run(bench.pass(3, 'correct'));
    expect(await readFile(join(replica, 'a'), 'utf8')).toBe('same');
    expect(await readFile(join(replica, 'b'), 'utf8')).toBe('other content');
    await bench.run(bench.pass(4, 'verify'));
    expect(await bench.agent.differences(4)).toEqual([]);
  });

  it('is started once by two at once, and not at all by half a request', async () => {
    await writeFile(join(bench.source, 'file'), 'x');
    bench.gate.holdAfter(1);
    const spec = bench.pass(1, 'sync');
    await Promise.all([
      bench.agent.startPass(spec),
      bench.agent.startPass(spec),
      bench.agent.startPass(spec),
    ]);
    // Once the gate holds its connection, rsync is one that sends: before it, one is asked for its version.
    await eventually(() => bench.gate.held, 'a transfer at the gate');
    expect(await rsyncsOf(bench.folder)).toHaveLength(1);
    bench.gate.open();
    await bench.until(1, 'done');
    const half = await bench.session.exec(`sh ${bench.folder}/agent.sh start 2`, {
      stdin: 'kind c3luYw==\n',
    });
    expect(half).toMatchObject({ exitCode: 70, stderr: expect.stringContaining('incomplete') as string });
    expect(await bench.agent.passStatus(2)).toBeNull();
  });

  it('tells what rsync says where the receiver refuses', async () => {
    const spec = bench.pass(1, 'sync');
    const status = await bench.run({ ...spec, receiver: { ...spec.receiver, module: 'other' } });
    expect(status).toMatchObject({ state: 'failed', filesystems: [{ exitCode: 5 }] });
    expect(status.errorTail).toContain('Unknown module');
  });
});

/** A name with a line feed, quotes, a backslash and bytes that are not UTF-8. */
const ODD = Buffer.concat([Buffer.from('-odd\n"\'\\#101 $(x) '), Buffer.from([0xff, 0xfe])]);

async function layContent(folder: string): Promise<void> {
  await writeFile(join(folder, 'plain'), 'plain');
  await execa('setfattr', ['-n', 'user.note', '-v', 'x', join(folder, 'plain')]);
  await link(join(folder, 'plain'), join(folder, 'hard'));
  await writeFile(join(folder, 'big'), Buffer.alloc(1 << 20, 'content'));
  await writeFile(Buffer.concat([Buffer.from(`${folder}/`), ODD]), 'odd');
  await symlink('/nowhere', join(folder, 'dangling'));
  await mkdir(join(folder, 'empty'));
  await execa('mkfifo', [join(folder, 'fifo')]);
  await execa('truncate', ['-s', '20M', join(folder, 'sparse')]);
}

/** diff cannot compare FIFOs. */
async function expectEqual(source: string, replica: string): Promise<void> {
  await execa('diff', ['-r', '--no-dereference', '-x', 'fifo', source, replica]);
  expect((await stat(join(replica, 'fifo'))).isFIFO()).toBe(true);
}

/** As a bad disk does: size and time stay. */
async function flipByte(file: string): Promise<void> {
  const { atime, mtime } = await stat(file);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([1]), 0, 1, 5000);
  await handle.close();
  await utimes(file, atime, mtime);
}

/** The rsync processes of passes that an agent in that folder has started. */
async function rsyncsOf(folder: string): Promise<string[]> {
  // Processes end while we look, which grep tells by its exit status.
  const search = `grep -lx rsync /proc/[0-9]*/comm 2>/dev/null | sed s/comm$/environ/ | xargs -r grep -lsz "^FLEETLIFT_PASS=$1/"; true`;
  const { stdout } = await execa('sh', ['-c', search, 'sh', folder]);
  return stdout.split('\n').filter(Boolean);
}

/** Mounts below a folder that any process of this machine sees. */
async function mountsBelow(folder: string): Promise<string> {
  const search = `grep -hF ' ${folder}/' /proc/[0-9]*/mountinfo 2>/dev/null; true`;
  return (await execa('sh', ['-c', search])).stdout;
}
