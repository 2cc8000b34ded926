import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';
import { hashOfProduct } from '../support/productHash.js';

/** What came of one profile; figures that were not reached are null. */
export interface ProfileRow {
  readonly profile: string;
  readonly passed: boolean;
  /** In a word or two; why it failed. */
  readonly ended: string;
  readonly syncBytes: number | null;
  /** The whole migration, seconds. */
  readonly seconds: number | null;
  readonly imageSeconds: number | null;
  readonly biosSeconds: number | null;
  readonly uefiSeconds: number | null;
  readonly files: number | null;
  /** That neither the image step names nor the fixed list explains. */
  readonly differences: number | null;
  readonly failedUnits: { readonly source: readonly string[]; readonly image: readonly string[] } | null;
  /** Seconds of the second boot, after `update-grub`, the kernel's package and `grub-install`. */
  readonly secondBootSeconds: number | null;
  /** Where the time of the row went beside the migration, seconds. */
  readonly spent: Readonly<Record<string, number>>;
  /** What the whole row took, seconds. */
  readonly took: number;
}

/** What came of something that is shown once. */
export interface ScenarioRow {
  readonly scenario: string;
  readonly passed: boolean;
  readonly ended: string;
  readonly took: number;
}

interface Content {
  readonly build: string;
  profiles: Record<string, ProfileRow>;
  scenarios: Record<string, ScenarioRow>;
}

const FILE = join(PROJECT_DIR, '.cache', 'machines.json');

/** Results of this build, kept after every row, so that a run that was broken off is taken up again. */
export class Results {
  private constructor(readonly content: Content) {}

  static async open(): Promise<Results> {
    const build = await hashOfProduct();
    const kept = JSON.parse(await readFile(FILE, 'utf8').catch(() => '{}')) as Partial<Content>;
    const fresh: Content = { build, profiles: {}, scenarios: {} };
    return new Results(kept.build === build ? { ...fresh, ...kept } : fresh);
  }

  async noteProfile(row: ProfileRow): Promise<void> {
    this.content.profiles[row.profile] = row;
    await this.keep();
  }

  async noteScenario(row: ScenarioRow): Promise<void> {
    this.content.scenarios[row.scenario] = row;
    await this.keep();
  }

  private async keep(): Promise<void> {
    await mkdir(dirname(FILE), { recursive: true });
    await writeFile(FILE, `${JSON.stringify(this.content, null, 2)}\n`);
  }
}
