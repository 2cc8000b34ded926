import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'yaml';
import type { LabServer } from '../../lab/servers.js';
import { jobId, type JobRef, type ServerResult } from '../../src/model/job.js';
import { jobPaths, type JobPaths } from '../../src/relay/paths.js';
import type { RelayContext } from '../../src/relay/types.js';
import { onlyServer, writeInventory } from '../e2e/inventory.js';
import type { SmallDisk } from '../support/smallDisk.js';
import type { Content } from './moments.js';
import type { Site } from './Site.js';

/** On the source; left out of every pass, so that a fault may put what it needs there. */
export const SOURCE_SCRATCH = '/var/tmp/';

const EXCLUDED: Readonly<Record<Content, readonly string[]>> = {
  all: [SOURCE_SCRATCH],
  'no large file': [SOURCE_SCRATCH, '/srv/large/'],
};

export interface TrialOptions {
  readonly name: string;
  readonly incremental: boolean;
  readonly content: Content;
  /** Whether the image is booted and checked. */
  readonly boot: boolean;
  /** Failures without progress after which the operator is waited for. */
  readonly attempts: number;
  /** Whether the relay lies on a disk of its own, which can be filled. */
  readonly smallDisk: boolean;
}

/** One migration of the site's server that something is done to on its way. */
export class Trial {
  readonly job: JobRef;
  readonly paths: JobPaths;

  private constructor(
    readonly site: Site,
    readonly inventory: string,
    readonly relay: RelayContext,
    /** Null: the relay is in the state folder. */
    readonly disk: SmallDisk | null,
    migration: string,
  ) {
    this.job = { migration, server: site.server.name, number: 1 };
    this.paths = jobPaths(relay, this.job);
  }

  static async prepare(site: Site, options: TrialOptions): Promise<Trial> {
    const { stateDir } = site.fleetlift;
    const embedded = site.relay;
    const disk = options.smallDisk ? await site.makeDisk() : null;
    const relay = disk === null ? embedded : { ...embedded, dir: join(disk.path, 'fleetlift') };
    if (disk !== null) {
      await mkdir(relay.dir, { mode: 0o700 });
      // What was found out about KVM is not to be found out again.
      await copyFile(join(embedded.dir, 'kvm.json'), join(relay.dir, 'kvm.json')).catch(() => undefined);
    }
    const inventory = await writeInventory(stateDir, options.name, (document) =>
      write(document, site.server, relay, options),
    );
    return new Trial(site, inventory, relay, disk, options.name);
  }

  /** Begins it, or goes on with it, as an operator who does not watch. */
  async start(): Promise<void> {
    await this.command('migrate', this.inventory, '--detach');
  }

  /** Follows it until nothing runs any more. */
  async follow(): Promise<ServerResult> {
    return onlyServer((await this.site.fleetlift.migrate(this.inventory)).result);
  }

  /** A command that must be accepted. */
  async command(...words: string[]): Promise<void> {
    const { exitCode, stdout, stderr } = await this.site.fleetlift.run(...words);
    if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  }

  /** An operator's command to its server. */
  async operate(operation: string): Promise<void> {
    await this.command(operation, this.job.server, '--migration', this.job.migration);
  }

  /** Removes the finished job with its images. */
  async remove(): Promise<void> {
    await this.command('jobs', 'delete', jobId(this.job), '--yes');
  }
}

function write(document: Document, server: LabServer, relay: RelayContext, options: TrialOptions): void {
  document.setIn(['relays', 0, 'dir'], relay.dir);
  document.setIn(['relays', 0, 'port'], relay.port);
  document.delete('waves');
  document.set('servers', [{ name: server.name, host: server.address }]);
  document.setIn(['defaults', 'verify'], { checksum: true, boot: options.boot ? ['bios'] : [] });
  document.setIn(['defaults', 'retry'], { maximumAttempts: options.attempts, initialInterval: '5s' });
  document.setIn(['defaults', 'sync'], {
    excludes: { system: EXCLUDED[options.content] },
    ...(options.incremental ? { mode: 'incremental', every: '1h', quiesce: ['cron'] } : {}),
  });
}
