/** What a source answers besides its facts: any bytes at all are read, or refused as E-AGENT-OUTPUT, and soon. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FleetliftError } from '../errors/FleetliftError.js';
import { parseItems, unescapeName } from './differences.js';
import { parsePassStatus } from './passStatus.js';
import { parseSnapshotStatus, snapshotFailure } from './snapshots.js';
import { parseStillness } from './stillness.js';

const LONGEST_MS = 3_000;
/** As AgentClient takes of a status at most; of differences it takes more. */
const STATUS_BYTES = 256 << 10;

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The answer; null: it was refused with one of these codes. */
function read<T>(parse: () => T, codes = ['E-AGENT-OUTPUT']): T | null {
  const startedMs = performance.now();
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FleetliftError) || !codes.includes(error.code)) throw error;
    return null;
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS);
  }
}

describe('parseStillness', () => {
  it('reads any bytes', () => {
    const answer = fc.oneof(
      bytes,
      fc
        .tuple(fc.constantFrom('still ', 'moved ', 'still', '\n', ''), fc.string())
        .map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(answer, (output) => {
        const stillness = read(() => parseStillness(output));
        if (stillness?.still === true) expect(Number.isSafeInteger(stillness.stoppedAtEpoch)).toBe(true);
        else if (stillness !== null) expect(stillness.reason.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseSnapshotStatus', () => {
  it('reads any bytes', () => {
    const words = fc.constantFrom('swi-aos---|12.34', 'swi-Ios---|100.00', '3 3', '2 3', '1e99', '|', '');
    const line = fc
      .tuple(
        fc.constantFrom('lvm', 'btrfs', 'gone', 'held', ''),
        fc.constantFrom('fs0', '__proto__', '../x', ''),
        fc.oneof(words, fc.string()),
      )
      .map((parts) => parts.join(' '));
    const answer = fc.array(line).map((lines) => Buffer.from([...lines, 'end'].join('\n')));
    fc.assert(
      fc.property(fc.oneof(bytes, answer), (output) => {
        const status = read(() => parseSnapshotStatus(output));
        if (status === null) return;
        const failure = snapshotFailure(status, ['fs0']);
        if (failure !== null) expect(failure.length).toBeLessThanOrEqual(300);
        if (status.held) for (const id of status.failures.keys()) expect(id).toMatch(/^[a-z0-9]+$/);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['\n', ' ', '|', '-', '1', 'lvm fs0 ', 'gone '])('is soon done with many %j', (unit) => {
    read(() => parseSnapshotStatus(Buffer.from(`lvm fs0 ${unit.repeat(STATUS_BYTES / unit.length)}\nend`)));
  });
});

describe('parsePassStatus', () => {
  it('reads any bytes', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'running',
        'done',
        'none',
        'yes',
        'no',
        'fs0',
        '__proto__',
        '../x',
        '-1',
        '1e99',
        '0x10',
        '9'.repeat(20),
        '',
      ),
      fc.string().map(base64),
      fc.string(),
    );
    const name = fc.constantFrom(
      'state',
      'started',
      'fs',
      'progress',
      'read',
      'err',
      'full',
      'end',
      '__proto__',
    );
    const lines = fc
      .array(
        fc.tuple(name, fc.array(word, { maxLength: 3 })).map(([first, rest]) => [first, ...rest].join(' ')),
      )
      .map((some) => ['state running', 'started 1', 'full no', ...some, 'end'].join('\n'));
    fc.assert(
      fc.property(fc.oneof(bytes.map(String), lines), (text) => {
        const status = read(() => parsePassStatus(1, text), ['E-AGENT-OUTPUT', 'E-SOURCE-FULL']);
        if (status === null) return;
        for (const { id } of status.filesystems) expect(id).toMatch(/^[a-z0-9]+$/);
        const numbers = status.filesystems.flatMap((one) => [
          one.exitCode,
          one.files,
          one.totalBytes,
          one.sentBytes,
        ]);
        for (const number of [status.startedAtEpoch, ...numbers, status.doneBytes])
          expect(Number.isSafeInteger(number)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['\n', ' ', '1', '1 ', '\r1', 'Number of files: ', 'a'])(
    'is soon done with a progress of many %j',
    (unit) => {
      const progress = base64(unit.repeat((STATUS_BYTES * 0.7) / unit.length));
      const text = [
        'state running',
        'started 1',
        'full no',
        `fs fs0 0 ${progress}`,
        `progress ${progress}`,
        'end',
      ].join('\n');
      expect(read(() => parsePassStatus(1, text))?.state).toBe('running');
    },
  );
});

describe('parseItems', () => {
  it('reads any bytes', () => {
    const line = fc.oneof(
      fc.tuple(
        fc.constantFrom('= ', '= fs0', '*deleting', '*deleting   ', '>f.st...... ', '.d..t...... '),
        bytes,
      ),
      fc.tuple(fc.constant(''), bytes),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const output = Buffer.concat(
          lines.flatMap(([head, rest]) => [Buffer.from(head), rest, Buffer.from('\n')]),
        );
        for (const { filesystem } of read(() => parseItems(output)) ?? [])
          expect(filesystem).toMatch(/^[a-z0-9]+$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives every name back as the bytes that it is on the source', () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 60 })
      .filter((array) => !array.some((byte) => byte === 0 || byte === 0x2f))
      .map((array) => Buffer.from(array));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('*deleting  ', '>f.st......', 'cL+++++++++'), name)),
        (files) => {
          const lines = files.map(([item, path]) => `${item} ${escapedByRsync(path)}\n`);
          const items = parseItems(Buffer.from(`= fs0\n${lines.join('')}`, 'latin1'));
          expect(items.map(({ path }) => path.toString('hex'))).toEqual(
            files.map(([, path]) => path.toString('hex')),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(['\\#', '*deleting ', ' ', '= fs0\n', '\n', '>f.st...... a'])(
    'is soon done with many %j',
    (unit) => {
      const output = Buffer.from(`= fs0\n*deleting ${unit.repeat(STATUS_BYTES / unit.length)}`);
      read(() => parseItems(output));
      read(() => unescapeName(output.toString('latin1')));
    },
  );
});

/** As rsync's log.c writes names in the C locale. */
function escapedByRsync(path: Buffer): string {
  return path
    .toString('latin1')
    .replace(
      /\\(?=#[0-9]{3})|[^\x20-\x7e\t]/g,
      (byte) => `\\#${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
}
