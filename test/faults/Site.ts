import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labDown, labUp, powerOn } from '../../lab/lab.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { LabShell } from '../e2e/labShell.js';
import { SmallDisk } from '../support/smallDisk.js';
import { tidySource } from './journeys.js';
import { clearSource } from './strikes/source.js';
import { ToolGate } from './toolGate.js';

/** Slow enough that a strike meets the large file in its middle. */
const RATE_MBIT = 400;
/** A command that takes longer hangs. */
const COMMAND_MS = 12 * 60_000;

/** Room for one migration of lab1. */
const DISK_BYTES = 6 * 2 ** 30;

/** Where cells are played: one lab server, and a service that serves one cell after the other. */
export class Site {
  private readonly disks = new Set<SmallDisk>();

  private constructor(
    readonly shell: LabShell,
    readonly gate: ToolGate,
    readonly fleetlift: Fleetlift,
    private readonly server: LabServer,
  ) {}

  static async open(): Promise<Site> {
    await labDown();
    const [server] = await labUp({ servers: 1, rateMbit: RATE_MBIT });
    if (server === undefined) throw new Error('a lab of one server has none');
    return Site.withNewService(server);
  }

  /** After a cell that failed: nothing of it is to trouble the next one. */
  async renew(): Promise<Site> {
    await this.fleetlift.giveUp().catch(() => undefined);
    await this.dispose();
    await powerOn(this.server.name);
    await clearSource(this.shell);
    await tidySource(this.shell);
    return Site.withNewService(this.server);
  }

  /** A disk for a relay, that can be filled. */
  async makeDisk(): Promise<SmallDisk> {
    const disk = await SmallDisk.make(DISK_BYTES);
    this.disks.add(disk);
    return disk;
  }

  async removeDisk(disk: SmallDisk): Promise<void> {
    await disk.dispose();
    this.disks.delete(disk);
  }

  /** Keeps the service's logs of a cell that failed; answers where. */
  async keepLogs(cell: string): Promise<string> {
    const folder = join(PROJECT_DIR, '.cache', 'faults', cell.replace(/[^a-z0-9-]+/g, '_'));
    await rm(folder, { recursive: true, force: true });
    await cp(join(this.fleetlift.stateDir, 'log'), folder, { recursive: true });
    return folder;
  }

  async close(): Promise<void> {
    try {
      await this.dispose();
    } finally {
      await labDown();
    }
  }

  private async dispose(): Promise<void> {
    await this.fleetlift.dispose();
    for (const disk of this.disks) await this.removeDisk(disk);
  }

  private static async withNewService(server: LabServer): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'fleetlift-faults-'));
    const gate = await ToolGate.make(join(folder, 'gate'));
    const fleetlift = Fleetlift.in(folder, { env: gate.environment, timeout: COMMAND_MS });
    await fleetlift.run('up');
    return new Site(new LabShell(server), gate, fleetlift, server);
  }
}
