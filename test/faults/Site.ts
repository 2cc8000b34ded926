import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { powerOn } from '../../lab/lab.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import type { RelayContext } from '../../src/relay/types.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { LabShell } from '../e2e/labShell.js';
import { labRelay } from '../e2e/largeFile.js';
import { SmallDisk } from '../support/smallDisk.js';
import { tidySource } from './journeys.js';
import { clearSource } from './strikes/source.js';
import { ToolGate } from './toolGate.js';

/** A command that takes longer hangs. */
const COMMAND_MS = 20 * 60_000;

/** Room for one migration. */
const DISK_BYTES = 6 * 2 ** 30;

/** Where cells are played: one lab server, and a service that serves one cell after the other. */
export class Site {
  readonly shell: LabShell;
  /** The service's own, in its state folder. */
  readonly relay: RelayContext;
  private readonly disks = new Set<SmallDisk>();

  private constructor(
    readonly server: LabServer,
    readonly gate: ToolGate,
    readonly fleetlift: Fleetlift,
    relayPort: number,
  ) {
    this.shell = new LabShell(server);
    this.relay = labRelay(fleetlift.stateDir, relayPort);
  }

  /** @param relayPort - of which each site of a machine needs one of its own */
  static async open(server: LabServer, relayPort: number): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'fleetlift-faults-'));
    const gate = await ToolGate.make(join(folder, 'gate'));
    const fleetlift = Fleetlift.in(folder, { env: gate.environment, timeout: COMMAND_MS });
    await fleetlift.run('up');
    const site = new Site(server, gate, fleetlift, relayPort);
    // At a time of its own choice it writes 70 MB, by which a cell would seem to send too much.
    await site.shell.run('systemctl -q disable --now apt-daily.timer apt-daily-upgrade.timer');
    return site;
  }

  /** After a cell that failed: nothing of it is to trouble the next one. */
  async renew(): Promise<Site> {
    await this.fleetlift.giveUp().catch(() => undefined);
    await this.dispose();
    await powerOn(this.server.name);
    await clearSource(this.shell);
    await tidySource(this.shell);
    return Site.open(this.server, this.relay.port);
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

  /** Stops the service and removes what it had. */
  async dispose(): Promise<void> {
    await this.fleetlift.dispose();
    for (const disk of this.disks) await this.removeDisk(disk);
  }
}
