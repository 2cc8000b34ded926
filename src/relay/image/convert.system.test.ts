import { execa } from 'execa';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertDisk, type ConvertTarget } from './convert.js';

const MIB = 1024 * 1024;
/** No size that old disk geometry could tell: VHD would round it, and so cut the backup of the GPT off. */
const SIZE_BYTES = 67 * MIB;
const FOOTER_BYTES = 512;

let folder: string;
let raw: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-convert-'));
  raw = join(folder, 'disk.raw');
  const handle = await open(raw, 'w');
  await handle.write(Buffer.alloc(MIB, 'content '), 0, MIB, 5 * MIB);
  await handle.truncate(SIZE_BYTES);
  await handle.close();
});
afterAll(() => rm(folder, { recursive: true }));

async function converted(target: ConvertTarget): Promise<string> {
  const file = join(folder, `${target.format}-${target.subformat ?? 'default'}`);
  const made = await convertDisk(raw, file, target, {});
  expect(made.fileBytes).toBe((await stat(file)).size);
  const back = `${file}.raw`;
  await execa('qemu-img', ['convert', '-f', target.format, '-O', 'raw', file, back]);
  expect((await readFile(back)).equals(await readFile(raw))).toBe(true);
  return file;
}

/** Fields of a VHD's footer, big-endian: Microsoft's “Virtual Hard Disk Image Format Specification”. */
async function footerOf(file: string): Promise<{ cookie: string; currentBytes: number; type: number }> {
  const footer = (await readFile(file)).subarray(-FOOTER_BYTES);
  return {
    cookie: footer.toString('latin1', 0, 8),
    currentBytes: Number(footer.readBigUInt64BE(48)),
    type: footer.readUInt32BE(60),
  };
}

test.each([
  [{ format: 'vpc' }, 3],
  [{ format: 'vpc', subformat: 'dynamic' }, 3],
  [{ format: 'vpc', subformat: 'fixed' }, 2],
] as const)('%j is a VHD of that type with the disk’s size to the byte', async (target, type) => {
  const file = await converted(target);
  expect(await footerOf(file)).toEqual({ cookie: 'conectix', currentBytes: SIZE_BYTES, type });
  const { size } = await stat(file);
  if (type === 2) expect(size).toBe(SIZE_BYTES + FOOTER_BYTES);
  else expect(size).toBeLessThan(SIZE_BYTES / 2);
});

test.each(['qcow2', 'raw'] as const)('%s reads back as it was', async (format) => {
  await converted({ format });
});

test('a vmdk is stream-optimized, as clouds import it', async () => {
  const { stdout } = await execa('qemu-img', ['info', '--output=json', await converted({ format: 'vmdk' })]);
  const info = JSON.parse(stdout) as { 'format-specific': { data: Record<string, unknown> } };
  expect(info['format-specific'].data['create-type']).toBe('streamOptimized');
});

test('what cannot be converted leaves nothing under the image’s name', async () => {
  const [missing, file] = [join(folder, 'missing.raw'), join(folder, 'missing.vhd')];
  const converting = convertDisk(missing, file, { format: 'vpc', subformat: 'fixed' }, {});
  await expect(converting).rejects.toMatchObject({ code: 'E-IMAGE-CONVERT' });
  await expect(stat(file)).rejects.toThrow('ENOENT');
  await expect(stat(`${file}.new`)).rejects.toThrow('ENOENT');
});
