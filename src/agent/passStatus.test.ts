import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FleetliftError } from '../errors/FleetliftError.js';
import { parsePassStatus } from './passStatus.js';

const b64 = (text: string) => Buffer.from(text).toString('base64');

describe('parsePassStatus', () => {
  it('reads a running pass: what is done, and how far the current filesystem is', () => {
    const stats = 'Number of files: 10\nTotal file size: 1000\nTotal bytes sent: 600\n';
    const text = `state running\nstarted 1700000000\nkind sync\nfs fs0 0 ${b64(stats)}\nprogress ${b64('\r   5,0\r        250  12%    1.00MB/s    0:00:01 (xfr#1, to-chk=1/3)')}\nlife 777\nerr ${b64('words')}\nfull no\nend\n`;
    expect(parsePassStatus(1, text)).toEqual({
      number: 1,
      state: 'running',
      startedAtEpoch: 1700000000,
      doneBytes: 1250,
      // A sign of life, and no progress: the sums of a large file come from the network.
      readBytes: 777,
      filesystems: [{ id: 'fs0', exitCode: 0, files: 10, totalBytes: 1000, sentBytes: 600 }],
      errorTail: 'words',
    });
  });

  it('takes what was read as the progress of a verify pass', () => {
    const text = 'state running\nstarted 1\nkind verify\nprogress \nread 4096\nerr \nfull no\nend\n';
    expect(parsePassStatus(2, text)).toMatchObject({ doneBytes: 4096, readBytes: 4096 });
  });

  it('knows no pass, a full source and an answer that breaks off', () => {
    expect(parsePassStatus(1, 'state none\n')).toBeNull();
    expect(() => parsePassStatus(1, 'state failed\nstarted 1\nkind sync\nerr \nfull yes\nend\n')).toThrow(
      /full/,
    );
    expect(() => parsePassStatus(1, 'state running\nstarted 1\n')).toThrow(/breaks off/);
  });

  it('throws nothing but E-AGENT-OUTPUT and E-SOURCE-FULL, whatever a source says', () => {
    const line = fc.tuple(
      fc.constantFrom(
        'state',
        'started',
        'kind',
        'fs',
        'progress',
        'read',
        'life',
        'err',
        'full',
        'end',
        'x',
      ),
      fc.array(fc.oneof(fc.string(), fc.constantFrom('running', 'failed', 'yes', '1', 'fs0', '-1', '1e99')), {
        maxLength: 4,
      }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parsePassStatus(1, lines.map(([name, words]) => [name, ...words].join(' ')).join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(FleetliftError);
        }
      }),
    );
  });
});
