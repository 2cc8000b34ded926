import type { Cell } from './cells.js';
import type { Ledger, Row } from './Ledger.js';
import type { Course } from './moments.js';
import { runCell, runUndisturbed } from './runCell.js';
import { Site } from './Site.js';

/** What a fault may cost on the wire, a fraction of an undisturbed run. */
const ALLOWED_OVER = 0.05;

/** Plays cells one after the other, and writes down what came of each. */
export class Matrix {
  private site: Site | null = null;

  constructor(
    private readonly ledger: Ledger,
    private readonly say: (line: string) => void,
    /** Boots nothing but what a boot is struck at. */
    private readonly quick: boolean,
  ) {}

  /** Runs a course undisturbed, where this build's measure is not known yet. */
  async measure(course: Course): Promise<void> {
    if (this.ledger.undisturbed(course) !== undefined) return;
    const site = await this.open();
    const outcome = await runUndisturbed(site, course);
    const calls = await site.gate.imageCalls();
    await this.ledger.noteUndisturbed(course, outcome.wire, calls);
    const { journey, content } = course;
    this.say(
      `undisturbed, ${journey}, ${content}: ${outcome.wire.wireBytes} wire bytes, ${outcome.seconds} s`,
    );
    if (outcome.left.length > 0) throw new Error(`left behind by it: ${outcome.left.join('; ')}`);
  }

  async play(cell: Cell): Promise<Row> {
    await this.measure(cell.moment);
    const site = await this.open();
    this.say(`${cell.name} …`);
    const startedMs = Date.now();
    const { boots, name } = cell.moment;
    const boot = this.quick ? name.startsWith('verify-boot') || name.startsWith('verify-checks') : boots;
    let row: Row;
    try {
      const { ended, wire, seconds, left, steps } = await runCell(site, cell, { boot });
      const over = this.ledger.over(cell.moment, wire);
      const passed = left.length === 0 && over !== null && over <= ALLOWED_OVER;
      row = { cell: cell.name, passed, ended, over, seconds, left, steps };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const ended = `${why} (logs: ${await site.keepLogs(cell.name)})`;
      const seconds = Math.round((Date.now() - startedMs) / 1000);
      row = { cell: cell.name, passed: false, ended, over: null, seconds, left: [], steps: [] };
    }
    await this.ledger.note(row);
    this.say(`${cell.name} ${row.passed ? 'passed' : 'FAILED'} after ${row.seconds} s: ${row.ended}`);
    if (!row.passed) this.site = await site.renew();
    return row;
  }

  async close(): Promise<void> {
    await this.site?.close();
  }

  private async open(): Promise<Site> {
    return (this.site ??= await Site.open());
  }
}
