import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesWith, processesWith, writtenForms } from './traces.js';

const SECRET = 'wörd"\\+/&<%Zq7~€';

it('finds a secret in every form', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetlift-traces-'));
  try {
    await mkdir(join(folder, 'sub', 'disks'), { recursive: true });
    const contents = [
      SECRET,
      JSON.stringify({ password: SECRET }),
      JSON.stringify({ log: JSON.stringify(SECRET) }),
      `https://x/?q=${encodeURIComponent(SECRET)}`,
      new URLSearchParams({ q: SECRET }).toString(),
      ...['', 'a', 'ab', 'abc', 'abcd'].map((before) =>
        Buffer.from(`${before}${SECRET}!`).toString('base64'),
      ),
      ...['', 'a', 'ab'].map((before) => Buffer.from(`${before}${SECRET}!`).toString('base64url')),
    ];
    contents.forEach((content, at) => writeFileSync(join(folder, 'sub', `${at}`), `x\0${content}\n`));
    writeFileSync(join(folder, 'other'), 'nothing of it');
    writeFileSync(join(folder, 'sub', 'disks', 'system.raw'), SECRET);
    const found = await filesWith(folder, writtenForms(SECRET), ['disks']);
    expect(found.sort()).toEqual(contents.map((_, at) => join(folder, 'sub', `${at}`)).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('finds the process that has it', async () => {
  const child = spawn('cat', [], { env: { PW: SECRET }, stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    expect(await processesWith(writtenForms(SECRET))).toEqual(['cat']);
  } finally {
    child.kill();
  }
});
