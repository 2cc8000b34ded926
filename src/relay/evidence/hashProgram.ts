/**
 * A program of its own: hashes the plain files whose names come on stdin, each ended by a NUL, and writes a line for each
 * to stdout in the same order, as `sha256sum` does. That one takes 210 MB/s where OpenSSL, which knows the processor's own
 * instructions, takes 1,300; and files are read some at a time, since most of them are small.
 */
import { createHash } from 'node:crypto';
import { constants, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

const AT_A_TIME = 16;
const CHUNK_BYTES = 1 << 20;
const BACKSLASH = 0x5c;
/** What cannot stand in a line, as coreutils 9 writes it; such a line begins with a backslash. */
const ESCAPES: ReadonlyMap<number, string> = new Map([
  [BACKSLASH, '\\\\'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
]);

/** Buffers that no file is read into at the moment. */
const idle: Buffer[] = [];

async function hashOf(name: Buffer): Promise<string> {
  const file = await open(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const buffer = idle.pop() ?? Buffer.alloc(CHUNK_BYTES);
  try {
    const hash = createHash('sha256');
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      hash.update(buffer.subarray(0, bytesRead));
      // Of a plain file less than was asked for is its end.
      if (bytesRead < CHUNK_BYTES) return hash.digest('hex');
    }
  } finally {
    idle.push(buffer);
    await file.close();
  }
}

async function lineOf(name: Buffer): Promise<Buffer> {
  const hash = await hashOf(name).catch((error: unknown) => {
    throw new Error(`${name.toString('utf8')}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const special = name.some((byte) => ESCAPES.has(byte));
  const shown = special
    ? Buffer.concat([...name].map((byte) => Buffer.from(ESCAPES.get(byte) ?? [byte])))
    : name;
  return Buffer.concat([Buffer.from(`${special ? '\\' : ''}${hash}  `), shown, Buffer.from('\n')]);
}

/** The names of a stream, piece by piece. */
async function* namesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

/** Stdout is the list's file: a line is written before the next one is looked at, and a full disk is told here. */
function write(line: Buffer): void {
  writeFileSync(process.stdout.fd, line);
}

const lines: Promise<Buffer>[] = [];
try {
  for await (const name of namesOf(process.stdin)) {
    const line = lineOf(name);
    // Its failure is told when its turn comes.
    line.catch(() => undefined);
    lines.push(line);
    const first = lines.length < AT_A_TIME ? undefined : lines.shift();
    if (first !== undefined) write(await first);
  }
  for (const line of lines) write(await line);
} catch (error) {
  const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${isFull ? 'No space left on device' : message}\n`);
  process.exitCode = 1;
}
