import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConfined } from '../../lab/confined.js';
import { DEFAULT_STATE_DIR, LAB_DIR, PROJECT_DIR } from '../../lab/paths.js';
import type { LabMachine } from '../../lab/servers.js';
import { serverDir } from '../../lab/state.js';
import { layDesk } from '../../lab/vm/buildMachine.js';
import { guestFolder } from '../../lab/vm/trees.js';

/** A machine of 200,000 files is listed in that time, on an emulated processor that it shares. */
const DEADLINE_SECONDS = 900;

/** One filesystem of a machine, as a guest has listed it. */
export interface ListedFilesystem {
  readonly uuid: string;
  readonly mountpoint: string;
  /** File with what `compare.py --list` printed. */
  readonly list: string;
}

export interface ListedDisks {
  readonly filesystems: readonly ListedFilesystem[];
  dispose(): Promise<void>;
}

/**
 * Lists what the disks of a machine that is off hold: in a guest, since this kernel knows neither its volumes nor its
 * arrays.
 * @throws Error with the end of the guest's log.
 */
export async function listDisks(server: LabMachine): Promise<ListedDisks> {
  const work = await mkdtemp(join(tmpdir(), 'fleetlift-lists-'));
  const dispose = (): Promise<void> => rm(work, { recursive: true, force: true });
  try {
    const desk = join(work, 'desk');
    await layDesk(desk, server, 'list.sh');
    await cp(join(PROJECT_DIR, 'test/support/compare.py'), join(desk, 'compare.py'));
    const folder = serverDir(DEFAULT_STATE_DIR, server.name);
    const disks = server.kind.disksMiB.map((_, index) => join(folder, `disk${index + 1}.raw`));
    const guest = await guestFolder(() => undefined);
    const script = join(LAB_DIR, 'vm/run-guest.sh');
    const listed = await runConfined(['sh', script, work, guest, String(DEADLINE_SECONDS), ...disks]);
    if (listed.exitCode !== 0) throw new Error(`${server.name} could not be listed:\n${listed.output}`);
    const lists = join(work, 'answer/lists');
    const table = await readFile(join(lists, 'table'), 'utf8');
    const filesystems = table
      .trim()
      .split('\n')
      .map((line) => {
        const [number = '', uuid = '', mountpoint = ''] = line.split(' ');
        return { uuid, mountpoint, list: join(lists, `${number}.json`) };
      });
    return { filesystems, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
