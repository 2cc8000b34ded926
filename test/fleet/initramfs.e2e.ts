import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { pollUntil } from '../../activities/support/poll.js';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import { identityFile, inventoryFile, knownHostsFile, sshArguments } from '../../lab/state.js';
import { AgentClient } from '../../src/agent/AgentClient.js';
import { initramfsFolder } from '../../src/agent/folder.js';
import type { Finding, ServerResult } from '../../src/model/job.js';
import { openSession } from '../../src/ssh/connect.js';
import type { SshSession } from '../../src/ssh/types.js';
import { mountDisks } from '../support/mountDisks.js';
import { Fleetlift } from '../e2e/fleetlift.js';

/** What a build must not touch: `/boot`, the configuration, and the places where tools leave what they unpack. */
const UNTOUCHED =
  "find /boot /etc/initramfs-tools /var/lib/initramfs-tools /var/tmp -printf '%p %i %s %m %T@\\n' | sort; find /boot -type f -exec sha256sum {} + | sort";

let fleetlift: Fleetlift;
let inventory: string;
let server: LabServer;
let session: SshSession;
/** Kernel of the server, and how it was when the initramfs had lost its drivers. */
let release: string;
let before: string;

beforeAll(async () => {
  await labDown();
  const [first] = await labUp({ servers: 1 });
  if (first === undefined) throw new Error('a lab of one server has none');
  server = first;
  fleetlift = await Fleetlift.inNewFolder();
  inventory = await writeInventory();
  session = await openSession({
    server: server.name,
    host: server.address,
    settings: {
      user: 'root',
      identityFile: identityFile(DEFAULT_STATE_DIR),
      knownHosts: knownHostsFile(DEFAULT_STATE_DIR),
    },
  });
  release = (await onServer('ls /boot | sed -n s/^vmlinuz-//p')).trim();
  // As on a server of other hardware: what its own does not need is not in its initramfs.
  await onServer(
    'sed -i s/^MODULES=.*/MODULES=list/ /etc/initramfs-tools/initramfs.conf && update-initramfs -u -k all',
  );
  expect(await driversIn(`/boot/initrd.img-${release}`)).toEqual([]);
  before = await onServer(UNTOUCHED);
});

afterAll(async () => {
  session.close();
  await fleetlift.dispose();
  await labDown();
});

async function writeInventory(): Promise<string> {
  const document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
  document.set('name', 'initramfs');
  document.setIn(['defaults', 'retry'], { maximumAttempts: 1 });
  const file = join(fleetlift.stateDir, 'initramfs.yaml');
  await writeFile(file, document.toString());
  return file;
}

async function onServer(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await session.exec(command, { timeoutMs: 300_000 });
  if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}`);
  return stdout.toString('utf8');
}

/** The drivers in an initramfs on the server by which an image finds its root; ext4 is a part of this kernel. */
async function driversIn(path: string): Promise<string[]> {
  const names: readonly string[] = (await onServer(`lsinitramfs ${path}`)).match(/[^/\n]+(?=\.ko)/g) ?? [];
  return ALL.filter((name) => names.includes(name));
}

const ALL = ['virtio_blk', 'virtio_pci', 'virtio_scsi', 'xfs'];
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

describe('a server whose initramfs has no virtio drivers', () => {
  it('is told in a drill that another will be built', async () => {
    const { exitCode, stdout } = await fleetlift.run('drill', inventory, '--json');
    expect(exitCode).toBe(0);
    expect(findingsIn(stdout)).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'W-INITRAMFS-BUILT' }),
    );
  });

  it('has one built in the agent’s folder, once, also after a build was cut off, and is itself not touched', async () => {
    const job = { migration: 'initramfs', server: randomUUID().slice(0, 8), number: 1 };
    const agent = await AgentClient.push(session, job);
    const image = `${initramfsFolder(job)}/initrd.img`;
    const building = agent.buildInitramfs(release);
    await pollUntil(50, AbortSignal.timeout(60_000), async () =>
      (await onServer(`ls ${initramfsFolder(job)}/../build/tmp 2>/dev/null | wc -l`)).trim() === '0'
        ? null
        : true,
    );
    // The second takes over from the first, as after a broken connection.
    const second = agent.buildInitramfs(release);
    await expect(building).rejects.toMatchObject({ code: 'E-INITRAMFS' });
    await second;
    expect(await driversIn(image)).toEqual(ALL);
    const made = await onServer(`stat -c '%i %Z' ${image}; ls -A ${initramfsFolder(job)}`);
    expect(made).toMatch(/\ninitrd\.img\n$/);
    await agent.buildInitramfs(release);
    expect(await onServer(`stat -c '%i %Z' ${image}; ls -A ${initramfsFolder(job)}`)).toBe(made);
    await expect(agent.buildInitramfs('9.9.9-none')).rejects.toMatchObject({ code: 'E-INITRAMFS' });
    await agent.remove();
    expect(await onServer(UNTOUCHED)).toBe(before);
  });

  it('becomes an image that boots, with the new one in its place and the old one kept', async () => {
    const { exitCode, result } = await fleetlift.migrate(inventory);
    const [migrated] = result.servers;
    expect(migrated).toMatchObject({
      status: 'Finished',
      error: null,
      verify: { checksum: { differences: 0 }, boot: [{ firmware: 'bios', booted: true }] },
    });
    expect(exitCode).toBe(0);
    if (migrated === undefined) throw new Error('the migration has no server');

    const own = `/boot/initrd.img-${release}`;
    const file = join(fleetlift.stateDir, 'results', 'initramfs', server.name, '1.json');
    const { changes = [] } = JSON.parse(await readFile(file, 'utf8')) as ServerResult;
    expect(changes.filter(({ path }) => path.startsWith('/boot/initrd'))).toMatchObject([
      { path: own, change: 'changed', reason: expect.stringContaining('built on the source') as string },
    ]);
    expect(changes.map(({ path }) => path)).toContain(`/etc/fleetlift/saved${own}`);

    const image = await mountDisks(migrated.images.map(({ path }) => path));
    try {
      const replaced = await readFile(join(image.tree, own));
      await execa('ssh', [...sshArguments(DEFAULT_STATE_DIR, server), 'cat >/run/initrd'], {
        input: replaced,
      });
      expect(await driversIn('/run/initrd')).toEqual(ALL);
      const saved = sha256(await readFile(join(image.tree, '/etc/fleetlift/saved', own)));
      expect(await onServer(`sha256sum ${own}`)).toContain(saved);
    } finally {
      await image.dispose();
    }
    expect(await onServer(UNTOUCHED)).toBe(before);
    expect(await onServer('ls -A /var/lib/fleetlift 2>/dev/null | wc -l')).toBe('0\n');
  });
});

function findingsIn(json: string): Finding[] {
  const { servers } = JSON.parse(json) as { servers: { findings: Finding[] }[] };
  return servers.flatMap(({ findings }) => findings);
}
