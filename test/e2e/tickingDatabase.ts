import { expect } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import type { LabServer } from '../../lab/servers.js';
import type { ServerResult } from '../../src/model/job.js';
import { LabShell } from './labShell.js';

const PSQL = 'runuser -u postgres -- psql -qAt lab -c';
/** Prints the number of rows and the last of them; for the checks in the booted image. */
export const COUNT_TICKS = `${PSQL} 'select count(*), max(n) from ticks'`;
/** Writes row after row, each noted once it is committed, until the database is gone. */
const writer = (pauseSeconds: number): string =>
  `n=0; while n=$((n + 1)) && ${PSQL} "insert into ticks values ($n)" 2>/dev/null; do echo $n >>/root/committed; sleep ${pauseSeconds}; done`;
/** Rows below which nobody would notice that some are missing. */
const ENOUGH_ROWS = 10;

/** The database of a lab server, written to without a pause by a process of the test's own. */
export class TickingDatabase {
  private readonly shell: LabShell;

  constructor(server: LabServer) {
    this.shell = new LabShell(server);
  }

  /**
   * Begins to write; the writer ends when the database does.
   * @param pauseSeconds - after each row: an emulated server has no processor left for anything else without
   */
  async write(pauseSeconds = 0): Promise<void> {
    await this.shell.run(
      `${PSQL} 'create table if not exists ticks (n bigint primary key, at timestamptz not null default clock_timestamp())' && ${PSQL} 'truncate ticks' && rm -f /root/committed`,
    );
    await this.shell.run(
      `setsid sh -c '${writer(pauseSeconds).replaceAll("'", `'\\''`)}' </dev/null >/dev/null 2>&1 &`,
    );
    await pollUntil(200, AbortSignal.timeout(60_000), async () =>
      Number(await this.shell.run('wc -l </root/committed 2>/dev/null || echo 0')) > ENOUGH_ROWS
        ? true
        : null,
    );
  }

  /** Every row that was committed before the database stopped is in the booted image, and no gap before it. */
  async expectEveryRow({ verify, cutover }: ServerResult): Promise<void> {
    const output = verify?.commands.find(({ command }) => command === COUNT_TICKS)?.output ?? '';
    const [rows = 0, last = 0] = (output.match(/\d+/g) ?? []).map(Number);
    const committed = Number(await this.shell.run('tail -n 1 /root/committed'));
    console.log(
      `${rows} rows, the last ${last}; ${committed} noted; down for ${cutover?.downSeconds ?? -1} s`,
    );
    expect(committed).toBeGreaterThan(ENOUGH_ROWS);
    // One may have been committed and not noted any more.
    expect([committed, committed + 1]).toContain(last);
    expect(rows).toBe(last);
  }

  /**
   * Rows that were begun before a moment, while the database is written to.
   * @param epochSeconds - by the server's clock
   */
  async rowsBefore(epochSeconds: number): Promise<number> {
    return Number(
      await this.shell.run(`${PSQL} 'select count(*) from ticks where at < to_timestamp(${epochSeconds})'`),
    );
  }

  /** Removes what the writer noted. */
  async forget(): Promise<void> {
    await this.shell.run('rm /root/committed');
  }
}
