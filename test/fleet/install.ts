import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';

/** What differs from one release to the next, as a machine that runs fleetlift has it. */
const RELEASED = ['agent', 'bin', 'dist', 'package.json'];
/** What both find in the same place. */
const SHARED = ['node_modules', '.cache'];

/** fleetlift installed in a folder of its own, where a newer release can take its place. */
export class Install {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<Install> {
    const install = new Install(await mkdtemp(join(tmpdir(), 'fleetlift-install-')));
    await install.put();
    for (const name of SHARED) await symlink(join(PROJECT_DIR, name), join(install.folder, name));
    return install;
  }

  get program(): string {
    return join(this.folder, 'bin', 'fleetlift');
  }

  /** Replaces what is there by a release of that version, whose agent is another one too. */
  async replace(version: string): Promise<void> {
    await this.put();
    const manifest = join(this.folder, 'package.json');
    const { version: _, ...rest } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    await writeFile(manifest, JSON.stringify({ ...rest, version }));
    const agent = join(this.folder, 'agent', 'transfer.sh');
    await writeFile(agent, `${await readFile(agent, 'utf8')}\n# ${version}\n`);
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async put(): Promise<void> {
    for (const name of RELEASED) {
      const target = join(this.folder, name);
      await rm(target, { recursive: true, force: true });
      await cp(join(PROJECT_DIR, name), target, { recursive: true });
    }
  }
}
