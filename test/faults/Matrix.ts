import { labDown, labUp } from '../../lab/lab.js';
import type { ProfileName } from '../../lab/vm/profiles.js';
import { LARGE_FILE_BYTES } from '../e2e/largeFile.js';
import type { Cell } from './cells.js';
import type { Ledger, Row } from './Ledger.js';
import { leftSince, lookForTraces } from './leftovers.js';
import type { Course, MomentName } from './moments.js';
import { runCell, runUndisturbed } from './runCell.js';
import { Site } from './Site.js';

/** What a fault may cost on the wire, a fraction of an undisturbed run. */
const ALLOWED_OVER = 0.05;
/** Lab servers of one kind: each has a site, and so many cells are played at once. */
const SERVERS = [1, 5];
/** Slow enough that a strike meets the large file in its middle. */
const RATE_MBIT = 400;
const FIRST_RELAY_PORT = 8703;

/** Moments that there are only while an image is booted. */
const BOOTS: readonly MomentName[] = ['verify-boot', 'verify-checks'];

/** How many cells are played at once: while one boots, which takes one core, the other sends or makes its image. */
export const AT_ONCE = SERVERS.length;

export interface MatrixOptions {
  /** Boots nothing but what a boot is struck at. */
  readonly quick: boolean;
  /** The sources are QEMU machines of that kind; null: lab servers in namespaces. */
  readonly profile: ProfileName | null;
}

/** Plays cells a few at a time, each on a server and a service of its own, and writes down what came of each. */
export class Matrix {
  private sites: Site[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly say: (line: string) => void,
    private readonly options: MatrixOptions,
  ) {}

  /** Runs a course undisturbed, where this build's measure is not known yet. */
  async measure(course: Course): Promise<void> {
    if (this.ledger.undisturbed(course) !== undefined) return;
    const [site] = await this.open();
    if (site === undefined) throw new Error('there is no site');
    const before = await lookForTraces([site]);
    const outcome = await runUndisturbed(site, course);
    const left = await leftSince([site], before);
    const calls = await site.gate.imageCalls();
    await this.ledger.noteUndisturbed(course, outcome.wire, calls);
    const { journey, content } = course;
    this.say(
      `undisturbed, ${journey}, ${content}: ${outcome.wire.wireBytes} wire bytes, ${outcome.seconds} s`,
    );
    if (left.length > 0) throw new Error(`left behind by it: ${left.join('; ')}`);
  }

  /**
   * Plays cells side by side. What is left on the machine afterwards is told of each of them, as is what one that
   * failed has left.
   * @param cells - at most {@link AT_ONCE}
   */
  async play(cells: readonly Cell[]): Promise<Row[]> {
    for (const { moment } of cells) await this.measure(moment);
    const sites = (await this.open()).slice(0, cells.length);
    const before = await lookForTraces(sites);
    const startedMs = Date.now();
    const played = await Promise.all(
      sites.flatMap((site, index) => {
        const cell = cells[index];
        return cell === undefined ? [] : this.playOne(site, cell);
      }),
    );
    const left = await leftSince(sites, before);
    const share = Math.round((Date.now() - startedMs) / 1000 / cells.length);
    const rows = played.map((row) => ({ ...row, passed: row.passed && left.length === 0, left, share }));
    for (const [index, row] of rows.entries()) {
      await this.ledger.note(row);
      this.say(
        `${row.cell} ${row.passed ? 'passed' : 'FAILED'} after ${row.seconds} s: ${row.ended}` +
          (left.length === 0 ? '' : `; left behind: ${left.join('; ')}`),
      );
      const site = sites[index];
      if (!row.passed && site !== undefined) this.sites[index] = await site.renew();
    }
    return rows;
  }

  async close(): Promise<void> {
    const { sites } = this;
    this.sites = [];
    try {
      for (const site of sites) await site.dispose();
    } finally {
      await labDown();
    }
  }

  private async playOne(site: Site, cell: Cell): Promise<Omit<Row, 'left' | 'share'>> {
    this.say(`${cell.name} on ${site.server.name} …`);
    const startedMs = Date.now();
    const boot = !this.options.quick || BOOTS.includes(cell.moment.name);
    try {
      const { ended, wire, seconds, steps } = await runCell(site, cell, { boot });
      const over = this.ledger.over(cell.moment, wire);
      return { cell: cell.name, passed: over !== null && over <= ALLOWED_OVER, ended, over, seconds, steps };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const ended = `${why} (logs: ${await site.keepLogs(cell.name)})`;
      const seconds = Math.round((Date.now() - startedMs) / 1000);
      return { cell: cell.name, passed: false, ended, over: null, seconds, steps: [] };
    }
  }

  private async open(): Promise<readonly Site[]> {
    if (this.sites.length > 0) return this.sites;
    await labDown();
    const { profile } = this.options;
    const servers = await labUp({
      servers: SERVERS,
      rateMbit: RATE_MBIT,
      ...(profile === null ? { largeFileMiB: LARGE_FILE_BYTES >> 20 } : { profiles: [profile] }),
    });
    for (const [index, server] of servers.entries()) {
      this.sites.push(await Site.open(server, FIRST_RELAY_PORT + index));
    }
    return this.sites;
  }
}
