import { expect, test } from 'vitest';
import type { DrillResult } from '../../src/model/messages.js';
import { markClones } from './clones.js';

test('every entry after the first of one machine is told which one it is; what was not reached is nobody', () => {
  const servers: DrillResult['servers'] = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, findings: [] }));
  markClones(
    servers,
    new Map([
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'one'],
    ]),
  );
  expect(servers.filter(({ findings }) => findings.length > 0).map(({ name }) => name)).toEqual(['c']);
  expect(servers[2]?.findings[0]).toMatchObject({
    severity: 'blocking',
    code: 'E-SOURCE-CLONE',
    message: expect.stringContaining('the same machine as a') as string,
  });
});
