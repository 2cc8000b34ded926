import { describe, expect, it } from 'vitest';
import { sourceId } from './sourceId.js';

const identity = {
  hostname: 'web1',
  machineId: 'm',
  hardwareAddresses: ['52:54:00:00:00:02', '52:54:00:00:00:01'],
};

describe('sourceId', () => {
  it('does not depend on the order of the interfaces, nor on the name', () => {
    const other = {
      ...identity,
      hostname: 'x',
      hardwareAddresses: [...identity.hardwareAddresses].reverse(),
    };
    expect(sourceId({ identity }, 'key')).toBe(sourceId({ identity: other }, 'key'));
  });

  it('tells clones apart by any one of its parts', () => {
    const ids = new Set([
      sourceId({ identity }, 'key'),
      sourceId({ identity }, 'other key'),
      sourceId({ identity: { ...identity, machineId: 'n' } }, 'key'),
      sourceId({ identity: { ...identity, hardwareAddresses: [] } }, 'key'),
    ]);
    expect(ids.size).toBe(4);
  });
});
