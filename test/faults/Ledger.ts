import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';
import type { StepTime } from '../../src/model/job.js';
import { hashOfProduct } from '../support/productHash.js';
import type { Course } from './moments.js';
import type { Wire } from './runCell.js';

export interface Row {
  readonly cell: string;
  readonly passed: boolean;
  readonly ended: string;
  /** Wire bytes above those of an undisturbed run, a fraction of them; null: not known. */
  readonly over: number | null;
  readonly seconds: number;
  /** Its part of the time that it and those beside it took together, seconds. */
  readonly share: number;
  readonly left: readonly string[];
  readonly steps: readonly StepTime[];
}

interface Content {
  /** Of the product that all below was found with. */
  readonly build: string;
  /** By course: `once, all`. */
  undisturbed: Record<string, Wire>;
  /** External commands of the image step, in order. */
  imageCalls: string[];
  rows: Record<string, Row>;
}

/** Results of this build, kept after every cell, so that a run that was broken off is taken up again. */
export class Ledger {
  private constructor(
    private readonly file: string,
    readonly content: Content,
  ) {}

  /** @param name - of a file in .cache */
  static async open(name: string): Promise<Ledger> {
    const file = join(PROJECT_DIR, '.cache', name);
    const build = await hashOfProduct();
    const kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Partial<Content>;
    const fresh: Content = { build, undisturbed: {}, imageCalls: [], rows: {} };
    return new Ledger(file, kept.build === build ? { ...fresh, ...kept } : fresh);
  }

  hasPassed(cell: string): boolean {
    return this.content.rows[cell]?.passed === true;
  }

  async note(row: Row): Promise<void> {
    this.content.rows[row.cell] = row;
    await this.keep();
  }

  /** What a course costs undisturbed; undefined: not known yet. */
  undisturbed({ journey, content }: Course): Wire | undefined {
    return this.content.undisturbed[`${journey}, ${content}`];
  }

  async noteUndisturbed({ journey, content }: Course, wire: Wire, imageCalls: string[]): Promise<void> {
    this.content.undisturbed[`${journey}, ${content}`] = wire;
    if (content === 'all') this.content.imageCalls = imageCalls;
    await this.keep();
  }

  /** How many more bytes went over the wire than undisturbed, by whoever counted more; null: not known. */
  over(course: Course, wire: Wire): number | null {
    const measure = this.undisturbed(course);
    if (measure === undefined) return null;
    return Math.max(wire.wireBytes / measure.wireBytes, wire.linkBytes / measure.linkBytes) - 1;
  }

  private async keep(): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true });
    await writeFile(this.file, `${JSON.stringify(this.content, null, 2)}\n`);
  }
}
