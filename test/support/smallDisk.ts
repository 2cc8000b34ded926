import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../activities/support/poll.js';

/** A filesystem of its own, in a sparse file, that a test can fill without harm to the machine. */
export class SmallDisk {
  private readonly ballast: string[] = [];

  private constructor(
    private readonly folder: string,
    /** Where it is mounted. */
    readonly path: string,
  ) {}

  static async make(sizeBytes: number): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'fleetlift-disk-'));
    const path = join(folder, 'disk');
    const image = join(folder, 'disk.raw');
    await mkdir(path);
    await execa('truncate', ['-s', String(sizeBytes), image]);
    await execa('mkfs.ext4', ['-q', '-m', '0', image]);
    await execa('mount', ['-o', 'loop', image, path]);
    return new SmallDisk(folder, path);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Takes all room at once but for that many bytes; 0: to the last one. What is filled already may be filled further. */
  async fill(leaveBytes: number): Promise<void> {
    const take = (await this.freeBytes()) - Math.max(leaveBytes, RACE_BYTES);
    if (leaveBytes > 0 || take > 0) await execa('fallocate', ['-l', String(take), this.newBallast()]);
    if (leaveBytes > 0) return;
    // Others write meanwhile, so the rest is taken block by block until there is none.
    const rest = await execa('dd', ['if=/dev/zero', `of=${this.newBallast()}`, 'bs=1M'], { reject: false });
    if (!rest.stderr.includes('No space left')) throw new Error(`the disk is not full: ${rest.stderr}`);
  }

  private newBallast(): string {
    const file = join(this.path, `ballast${this.ballast.length}`);
    this.ballast.push(file);
    return file;
  }

  /** Gives the room back, and waits until it can be had: ext4 frees blocks with its journal's next commit. */
  async empty(): Promise<void> {
    for (const file of this.ballast.splice(0)) await rm(file, { force: true });
    await execa('sync', ['--file-system', this.path]);
  }

  /** Unmounts and removes it, once nothing holds it any more. */
  async dispose(): Promise<void> {
    await pollUntil(200, AbortSignal.timeout(60_000), async () => {
      const { exitCode } = await execa('umount', [this.path], { reject: false });
      return exitCode === 0 ? true : null;
    });
    await rm(this.folder, { recursive: true });
  }
}

/** What others may take between the look at the room and its allocation. */
const RACE_BYTES = 32 << 20;
