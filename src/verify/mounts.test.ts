import { describe, expect, it } from 'vitest';
import type { FstabEntry } from '../model/plan.js';
import { mountChecks, parseFindmnt, parseMountinfo } from './mounts.js';

const MOUNTINFO = `21 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw
28 1 254:3 / / rw,relatime shared:1 - ext4 /dev/vda3 rw,errors=remount-ro
40 28 254:2 / /boot rw,relatime shared:30 - ext2 /dev/vda2 rw
41 28 0:38 /@home /home rw,relatime shared:32 - btrfs /dev/vdb1 rw,space_cache=v2,subvolid=256,subvol=/@home
42 28 254:17 / /srv/with\\040space rw,relatime shared:33 - xfs /dev/vdb2 rw,attr2
43 28 0:40 / /srv/lazy rw,relatime shared:34 - autofs systemd-1 rw,fd=52
44 28 254:18 / /srv/twice rw,relatime shared:35 - ext4 /dev/vdc1 rw
45 44 0:41 / /srv/twice rw,relatime shared:36 - tmpfs tmpfs rw
`;
const FINDMNT = `/proc \n/ 1b2c-root\n/boot B00T-uuid\n/home 7e00-home\n/srv/with\\x20space 5face-data\n`;

const entry = (spec: string, file: string, type: string, options = 'defaults'): FstabEntry => ({
  spec,
  file,
  type,
  options,
  dump: 0,
  pass: 0,
});
const judge = (...entries: FstabEntry[]): { name: string; ok: boolean; detail: string }[] =>
  mountChecks(entries, parseMountinfo(MOUNTINFO), parseFindmnt(FINDMNT));

describe('mountChecks', () => {
  it('passes what is mounted as planned', () => {
    const checks = judge(
      entry('UUID=1b2c-root', '/', 'ext4'),
      entry('UUID=b00t-UUID', '/boot', 'ext2'),
      entry('UUID=7e00-home', '/home', 'btrfs', 'rw,subvol=@home'),
      entry('UUID=5face-data', '/srv/with space', 'xfs', 'defaults,nofail'),
      entry('UUID=1a2y', '/srv/lazy', 'ext4', 'defaults,x-systemd.automount'),
    );
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks).toHaveLength(5);
    expect(checks[2]?.detail).toBe('btrfs on /dev/vdb1[/@home] UUID=7e00-home');
  });

  it.each([
    [entry('UUID=x', '/srv/none', 'ext4'), 'is not mounted'],
    [entry('UUID=other', '/', 'ext4'), 'UUID should be other; ext4 on /dev/vda3 UUID=1b2c-root'],
    [entry('UUID=1b2c-root', '/', 'xfs'), 'should be xfs; ext4 on /dev/vda3 UUID=1b2c-root'],
    [entry('UUID=7e00-home', '/home', 'btrfs', 'subvol=/@'), 'should be the subvolume /@'],
    [entry('UUID=x', '/srv/twice', 'ext4'), 'should be ext4; tmpfs on tmpfs'],
    [entry('UUID=x', '/srv/lazy', 'ext4'), 'should be ext4; autofs'],
  ])('%j: %s', (wanted, detail) => {
    const [check] = judge(wanted);
    expect(check?.ok).toBe(false);
    expect(check?.detail).toContain(detail);
  });

  it('says where the UUID could not be read', () => {
    const [check] = mountChecks([entry('UUID=1b2c-root', '/', 'ext4')], parseMountinfo(MOUNTINFO), new Map());
    expect(check).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be read') as string });
  });

  it('leaves out what a boot in a closed network does not mount', () => {
    expect(
      judge(
        entry('UUID=5', 'none', 'swap', 'sw'),
        entry('nas:/x', '/x', 'nfs'),
        entry('nas:/y', '/y', 'fuse.mine', 'rw,_netdev'),
        entry('/dev/sr0', '/media', 'udf', 'user,noauto'),
      ),
    ).toEqual([]);
  });

  it('looks for a disk of the image that is called a network device', () => {
    const [check] = judge(entry('UUID=x', '/u00', 'xfs', 'defaults,_netdev'));
    expect(check).toMatchObject({ ok: false, detail: 'is not mounted' });
  });

  it('reads nothing out of nonsense', () => {
    expect(parseMountinfo('\u0000\u0001 - \n - - -\nx y z\n')).toEqual([]);
    expect(parseFindmnt('').size).toBe(0);
  });
});
