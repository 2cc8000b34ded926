import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsWith, recorded } from './testing.js';
import { parseVolumeGroups } from './volumes.js';

const evidence = recorded('lvm-two-groups');
const GROUPS = '  data|wz--n-|4194304|0\n  rhel|wz--n-|4194304|2560\n';
const VOLUMES =
  '  data|erp-db|-wi-ao----\n  data|old|-wi-a-----\n  rhel|root|owi-aos---\n  rhel|swap|-wi-ao----\n';
const volumesOf = (lvs: string | null) =>
  factsWith(evidence, {}, { vgs: GROUPS, lvs }).filesystems.map(({ volume }) => volume);

describe('facts of a server with LVM', () => {
  it('name the volume of each filesystem, hyphens and all, and what its group has free', () => {
    expect(volumesOf(VOLUMES)).toEqual([
      { group: 'rhel', name: 'root', kind: 'plain' },
      undefined,
      { group: 'data', name: 'erp-db', kind: 'plain' },
    ]);
    expect(factsWith(evidence, {}, { vgs: GROUPS }).volumeGroups).toEqual([
      { name: 'data', extentBytes: 4_194_304, freeExtents: 0, changeable: true },
      { name: 'rhel', extentBytes: 4_194_304, freeExtents: 2560, changeable: true },
    ]);
  });

  it('have none where LVM does not tell, as older agents do not ask', () => {
    expect(volumesOf(null)).toEqual([undefined, undefined, undefined]);
    expect(factsWith(evidence, {})).not.toHaveProperty('volumeGroups');
  });

  it('tell thin volumes and other kinds apart', () => {
    const kindOf = (attributes: string) => volumesOf(`  rhel|root|${attributes}\n`)[0]?.kind;
    expect(kindOf('rwi-aor---')).toBe('plain');
    expect(kindOf('Vwi-aotz--')).toBe('thin');
    expect(kindOf('Cwi-aoC---')).toBe('other');
    expect(kindOf('Owi-aos---')).toBe('other');
  });

  it('tell which groups cannot be changed here', () => {
    const changeable = (attributes: string) =>
      parseVolumeGroups(`  vg|${attributes}|4194304|1\n`)[0]?.changeable;
    expect(['wz--n-', 'wz--l-'].map(changeable)).toEqual([true, true]);
    expect(['r---n-', 'wzx-n-', 'wz-pn-', 'wz--nc', 'wz--ns', 'w---n-'].map(changeable)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });

  it('have nothing of what else LVM says, and no snapshot of ours as a disk that is not mounted', () => {
    const besides = '  WARNING: Device /dev/sdx is gone.\n  vg|wz--n-|0|1\n  a b|wz--n-|1|1\n';
    expect(parseVolumeGroups(besides)).toEqual([]);
    const blocks = evidence.commands['blocks']?.out ?? '';
    const ours = 'dm-9|253:9|100|||dm-8|rhel-fleetlift--4711--fs0|LVM-x||/dev/dm-9|\n';
    const found = (dmName: string) =>
      factsWith(
        evidence,
        {},
        { blocks: blocks + ours.replace('rhel-fleetlift--4711--fs0', dmName), 'blkid dm-9': 'TYPE=xfs\n' },
      ).unmounted.map(({ device }) => device);
    expect(found('rhel-other')).toContain('/dev/mapper/rhel-other');
    expect(found('rhel-fleetlift--4711--fs0').join()).not.toContain('fleetlift');
  });
});

describe('parseVolumeGroups', () => {
  it('reads any text, and makes sane groups of it, soon', () => {
    const word = fc.oneof(
      fc.constantFrom('|', '  ', 'vg0', 'wz--n-', '4194304', '-1', '9'.repeat(20), '../x', '\u0007', '$(id)'),
      fc.string(),
    );
    const text = fc
      .array(fc.array(word, { maxLength: 8 }).map((words) => words.join('')))
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (answer) => {
        for (const { name, extentBytes, freeExtents } of parseVolumeGroups(answer)) {
          expect(name).toMatch(/^[A-Za-z0-9+_.][A-Za-z0-9+_.-]*$/);
          expect(Number.isSafeInteger(extentBytes) && extentBytes > 0).toBe(true);
          expect(Number.isSafeInteger(freeExtents)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    const startedMs = performance.now();
    for (const unit of [' ', 'a', '1', '|', 'vg|wz--n-|1|1']) parseVolumeGroups(unit.repeat(100_000));
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});
