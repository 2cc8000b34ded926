import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MigrationResult, ServerResult } from '../model/job.js';
import { screenshotsHere } from './screenshots.js';

it('finds pictures that lie here, and takes nothing else for one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fleetlift-shots-'));
  try {
    const file = (name: string, content: Uint8Array): string => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1]);
    const good = file('good.png', png);
    const paths = [
      good,
      file('shadow', Buffer.from('root:x')),
      file('large.png', Buffer.concat([png, Buffer.alloc(2 << 20)])),
      join(dir, 'gone.png'),
      dir,
      '',
    ];
    const boot = paths.map((screenshot) => ({
      firmware: 'bios' as const,
      booted: true,
      seconds: 1,
      screenshot,
      log: '',
    }));
    const server = { verify: { checksum: null, boot, commands: [] } } as unknown as ServerResult;
    const result: MigrationResult = { migration: 'm', outcome: 'finished', seconds: 1, servers: [server] };
    expect([...screenshotsHere(result)]).toEqual([[good, png]]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
