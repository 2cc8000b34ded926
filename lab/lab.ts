import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { baseTree, TREES } from './baseTree.js';
import { buildServer } from './build.js';
import type { Progress } from './cache.js';
import { claimMachine, readClaim, releaseMachine, type Claim } from './claim.js';
import { allowInotifyFor, inotifyInstances, restoreInotify } from './inotify.js';
import { writeInventory } from './inventory.js';
import { withLabLock } from './lock.js';
import { boot, cutPower, freeDisks, isOn, shutDown } from './machine.js';
import {
  anyServerRuns,
  hasNetnsMount,
  hasUplink,
  makeBridge,
  makeNetnsMount,
  makeUplink,
  removeNetnsMount,
  removeNetwork,
} from './network.js';
import { DEFAULT_STATE_DIR } from './paths.js';
import { isMachine, labServer, MAX_SERVERS, type LabServer } from './servers.js';
import { identityFile, serverDir } from './state.js';
import { buildMachine, profileOf } from './vm/buildMachine.js';
import { vmProfile, type ProfileName } from './vm/profiles.js';
import { guestFolder, systemFolder } from './vm/trees.js';

/** Servers made or booted at a time. */
const PARALLEL = 3;

export interface LabOptions {
  /** So many, lab1 … labN, or those of these numbers. */
  readonly servers: number | readonly number[];
  /** Limit of each server's uplink in both directions, megabits a second; null or absent: none. */
  readonly rateMbit?: number | null;
  /** Of a large file on each server, half of it incompressible; absent: only lab1 has one, and no QEMU machine. */
  readonly largeFileMiB?: number;
  /** They are QEMU machines, of these profiles in turn; absent: they live in namespaces. */
  readonly profiles?: readonly ProfileName[];
  /** All but the first are copies of it, as servers made of one template: same UUIDs, machine-id and host keys. */
  readonly clones?: boolean;
  readonly stateDir?: string;
  readonly progress?: Progress;
}

export interface LabServerStatus {
  readonly name: string;
  readonly address: string;
  readonly kind: string;
  readonly power: 'on' | 'off';
}

/**
 * Builds the trees that servers are copied from, and the system of the machine that every change is tested with, where
 * these recipes' are not in the cache: `up` is quick then.
 */
export async function labBuild(progress: Progress): Promise<void> {
  await withLabLock(async () => {
    for (const tree of TREES) await baseTree(tree, progress);
    await systemFolder('lvm', progress);
  });
}

/**
 * Makes and boots the servers that are wanted and writes their inventory; what is there already stays.
 * @throws Error where another lab is being made, or a server does not come up.
 */
export async function labUp(options: LabOptions): Promise<LabServer[]> {
  const {
    servers: wanted,
    rateMbit = null,
    stateDir = DEFAULT_STATE_DIR,
    progress = () => undefined,
  } = options;
  if (typeof wanted === 'number' && (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_SERVERS)) {
    throw new RangeError(`a lab has 1 to ${MAX_SERVERS} servers, not ${wanted}`);
  }
  const numbers =
    typeof wanted === 'number' ? Array.from({ length: wanted }, (_, index) => index + 1) : wanted;
  const { largeFileMiB, profiles = [], clones = false } = options;
  const servers = numbers.map((number, position): LabServer => {
    const profile = profiles[position % profiles.length];
    const server = labServer(number, profile === undefined ? null : vmProfile(profile));
    return { ...server, ...(largeFileMiB === undefined ? {} : { largeFileMiB }) };
  });
  await withLabLock(async () => {
    await dropDeadLab(stateDir, progress);
    await claimMachine({
      stateDir,
      madeNetnsMount: !(await hasNetnsMount()),
      inotifyInstances: await inotifyInstances(),
    });
    await allowInotifyFor(servers.length);
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await makeIdentity(stateDir);
    await makeNetnsMount();
    await makeBridge();
    await buildSystems(servers, progress);
    const make = async (server: LabServer, original: LabServer | null): Promise<void> => {
      if (!(await exists(join(serverDir(stateDir, server.name), 'host_keys')))) {
        progress(`${server.name}: making its disks`);
        await freeDisks(serverDir(stateDir, server.name));
        if (isMachine(server)) await buildMachine(stateDir, server, original, progress);
        else await buildServer(stateDir, server, progress);
      }
      if (!(await hasUplink(server))) await makeUplink(server, rateMbit);
    };
    const [first, ...others] = servers;
    if (clones && first !== undefined) {
      await make(first, null);
      await forEach(others, (server) => make(server, first));
    } else await forEach(servers, (server) => make(server, null));
    const all = await labServers(stateDir);
    await writeInventory(stateDir, all);
    await forEach(servers, async (server) => {
      const startedMs = Date.now();
      await boot(stateDir, server);
      progress(
        `${server.name}: up after ${((Date.now() - startedMs) / 1000).toFixed(1)} s at ${server.address}`,
      );
    });
  });
  return servers;
}

/** What the servers are made of, one after the other: those that are made side by side find it in the cache. */
async function buildSystems(servers: readonly LabServer[], progress: Progress): Promise<void> {
  for (const server of servers) {
    if (!isMachine(server)) await baseTree(server.kind.tree, progress);
    else {
      await guestFolder(progress);
      await systemFolder(server.kind.system, progress);
    }
  }
}

/**
 * Takes the machine from another lab none of whose servers runs: its network goes, its disks stay for its next `up`.
 * Such a lab is what a machine is left with after its processes were killed, or its checkout was removed.
 */
async function dropDeadLab(stateDir: string, progress: Progress): Promise<void> {
  const claim = await readClaim();
  if (claim === null || claim.stateDir === stateDir || (await anyServerRuns())) return;
  progress(`taking the machine over from the lab in ${claim.stateDir}, all of whose servers are off`);
  await removeMachineTraces(claim);
}

/** Removes what the machine has of a lab outside of its folder. */
async function removeMachineTraces(claim: Claim | null): Promise<void> {
  await removeNetwork();
  if (claim?.madeNetnsMount === true) await removeNetnsMount();
  if (claim !== null) await restoreInotify(claim.inotifyInstances);
  await releaseMachine();
}

/** Ends and removes everything of the lab, also of one that was never finished. May be repeated. */
export async function labDown(
  stateDir: string = DEFAULT_STATE_DIR,
  progress: Progress = () => undefined,
): Promise<void> {
  await withLabLock(async () => {
    const servers = Array.from({ length: MAX_SERVERS }, (_, index) => labServer(index + 1));
    await forEach(servers, async (server) => {
      if (await isOn(stateDir, server)) progress(`${server.name}: shutting down`);
      await shutDown(stateDir, server);
    });
    // Without a claim there may still be something of a lab whose state was removed by hand.
    const claim = await readClaim();
    if (claim === null || claim.stateDir === stateDir) await removeMachineTraces(claim);
    await rm(stateDir, { recursive: true, force: true });
  });
}

/** Shuts a server down; afterwards its disks may be mounted by others. */
export async function powerOff(name: string, stateDir: string = DEFAULT_STATE_DIR): Promise<void> {
  await shutDown(stateDir, await find(stateDir, name));
}

/** Cuts a server's power: nothing is written any more, nobody is told. */
export async function powerCut(name: string, stateDir: string = DEFAULT_STATE_DIR): Promise<void> {
  await cutPower(stateDir, await find(stateDir, name));
}

/**
 * Boots a server again, and waits until it is up.
 * @throws Error where another lab has taken the machine, and with it the server's network.
 */
export async function powerOn(name: string, stateDir: string = DEFAULT_STATE_DIR): Promise<void> {
  if ((await readClaim())?.stateDir !== stateDir) {
    throw new Error('the lab in this folder has no network any more: npm run lab -- up');
  }
  await boot(stateDir, await find(stateDir, name));
}

/** The servers whose disks have been made, in order. */
export async function labServers(stateDir: string = DEFAULT_STATE_DIR): Promise<LabServer[]> {
  const folders = await readdir(stateDir).catch(() => []);
  const indexes = folders.flatMap((folder) => /^lab(\d+)$/.exec(folder)?.[1] ?? []).map(Number);
  const servers = await Promise.all(
    indexes
      .sort((a, b) => a - b)
      .map(async (index) => labServer(index, await profileOf(serverDir(stateDir, `lab${index}`)))),
  );
  const made = await Promise.all(
    servers.map(({ name }) => exists(join(serverDir(stateDir, name), 'host_keys'))),
  );
  return servers.filter((_, position) => made[position] === true);
}

export async function labStatus(stateDir: string = DEFAULT_STATE_DIR): Promise<LabServerStatus[]> {
  return Promise.all(
    (await labServers(stateDir)).map(async (server) => ({
      name: server.name,
      address: server.address,
      kind: server.kind.name,
      power: (await isOn(stateDir, server)) ? 'on' : 'off',
    })),
  );
}

async function find(stateDir: string, name: string): Promise<LabServer> {
  const server = (await labServers(stateDir)).find((one) => one.name === name);
  if (server === undefined) throw new Error(`the lab has no server ${name}: npm run lab -- status`);
  return server;
}

async function makeIdentity(stateDir: string): Promise<void> {
  const file = identityFile(stateDir);
  if (await exists(`${file}.pub`)) return;
  await rm(file, { force: true });
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'fleetlift-lab', '-f', file]);
}

/** Does the work for each server, a few at a time; the first error ends it once the others under way are done. */
async function forEach(
  servers: readonly LabServer[],
  work: (server: LabServer) => Promise<void>,
): Promise<void> {
  const waiting = [...servers];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  const lanes = await Promise.allSettled(Array.from({ length: PARALLEL }, lane));
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
