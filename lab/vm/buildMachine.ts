import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builderWords } from '../build.js';
import type { Progress } from '../cache.js';
import { runConfined } from '../confined.js';
import { awkwardContent } from '../content.js';
import { identityFiles, writeFiles, writeLogin } from '../overlay.js';
import { LAB_DIR } from '../paths.js';
import { PREFIX_LENGTH, type LabMachine, type LabServer } from '../servers.js';
import { identityFile, serverDir } from '../state.js';
import { cardName, vmProfile, type VmProfile } from './profiles.js';
import { guestFolder, systemFolder } from './trees.js';

/**
 * Installs a QEMU machine in its folder of the state; its disks are whole once the file `host_keys` is there.
 * @param original - machine whose disks it gets, with an address of its own; null: it is installed anew
 * @throws Error with the end of the installation's log.
 */
export async function buildMachine(
  stateDir: string,
  server: LabMachine,
  original: LabServer | null,
  progress: Progress,
): Promise<void> {
  const { kind: profile, name } = server;
  const folder = serverDir(stateDir, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'profile'), shellVariables(server, 0));
  const disks = profile.disksMiB.map((sizeMiB, index) => `disk${index + 1}.raw ${sizeMiB}\n`);
  await writeFile(join(folder, 'disks'), disks.join(''));

  const desk = join(folder, 'desk');
  await layDesk(desk, server, original === null ? 'install.sh' : 'readdress.sh');
  const overlay = join(desk, 'overlay');
  await writeFiles(overlay, networkFiles(server));
  if (original === null) {
    await writeFiles(overlay, identityFiles(server));
    await writeLogin(overlay, await readFile(`${identityFile(stateDir)}.pub`, 'utf8'));
    await writeFile(join(desk, 'content.json'), JSON.stringify(awkwardContent(server)));
    await cp(join(LAB_DIR, 'lay-content.py'), join(desk, 'lay-content.py'));
    if (profile.network === 'networkd-by-address') {
      await writeFile(join(desk, 'units'), 'systemd-networkd.service\n');
    }
  }

  const words = [await systemFolder(profile.system, progress), await guestFolder(progress)];
  if (original !== null) words.push(serverDir(stateDir, original.name));
  const made = await runConfined([...builderWords(stateDir, server), ...words]);
  if (made.exitCode !== 0) throw new Error(`the machine ${name} could not be installed:\n${made.output}`);
  await rename(join(folder, 'host_keys.new'), join(folder, 'host_keys'));
}

/** Lays ready what a guest needs to do a job on a machine's disks. */
export async function layDesk(desk: string, server: LabMachine, job: string): Promise<void> {
  await mkdir(desk, { recursive: true });
  await cp(join(LAB_DIR, 'vm', job), join(desk, 'job'));
  await cp(join(LAB_DIR, 'vm/disks.sh'), join(desk, 'disks.sh'));
  await cp(join(LAB_DIR, 'vm/layouts', `${server.kind.layout}.sh`), join(desk, 'layout.sh'));
  await writeFile(join(desk, 'profile'), shellVariables(server, 0));
}

/** The profile of the machine in a server's folder; null where it is none. */
export async function profileOf(folder: string): Promise<VmProfile | null> {
  const text = await readFile(join(folder, 'profile'), 'utf8').catch(() => '');
  const name = /^profile='(.*)'$/m.exec(text)?.[1];
  return name === undefined ? null : vmProfile(name);
}

/**
 * Sets the clock that a machine has at its next boot.
 * @param offsetSeconds - before (negative) or after the true time
 */
export async function setClock(stateDir: string, server: LabMachine, offsetSeconds: number): Promise<void> {
  await writeFile(join(serverDir(stateDir, server.name), 'profile'), shellVariables(server, offsetSeconds));
}

/** The table that the shell programs of `lab/vm` read. */
function shellVariables(server: LabMachine, clockOffsetSeconds: number): string {
  const { kind: profile, name, hardwareAddress, index } = server;
  const variables: Record<string, string | number> = {
    profile: profile.name,
    host: name,
    release: profile.system,
    firmware: profile.firmware,
    boot_disks: profile.bootDisks.join(' '),
    bus: profile.bus,
    card: profile.card,
    parameters: profile.parameters,
    memory: profile.memoryMiB,
    hardware_address: hardwareAddress,
    // The cable's own end: a bridge would keep what is addressed to one of its ports.
    cable_address: `02:00:c6:12:02:${index.toString(16).padStart(2, '0')}`,
    clock_offset: clockOffsetSeconds,
  };
  return Object.entries(variables)
    .map(([key, value]) => `${key}='${value}'\n`)
    .join('');
}

function networkFiles({ kind, address, hardwareAddress }: LabMachine): Record<string, string> {
  const card = cardName(kind);
  const interfaces =
    `auto lo\niface lo inet loopback\n\nauto ${card}\niface ${card} inet static\n` +
    `\taddress ${address}/${PREFIX_LENGTH}\n`;
  switch (kind.network) {
    case 'ifupdown':
      return { 'etc/network/interfaces': interfaces };
    case 'persistent-name':
      return {
        'etc/network/interfaces': interfaces,
        'etc/udev/rules.d/70-persistent-net.rules':
          `SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="${hardwareAddress}", ` +
          `ATTR{type}=="1", NAME="${card}"\n`,
      };
    case 'networkd-by-address':
      return {
        'etc/systemd/network/10-lan.network':
          `[Match]\nMACAddress=${hardwareAddress}\n\n[Network]\nAddress=${address}/${PREFIX_LENGTH}\n` +
          'LinkLocalAddressing=no\n',
      };
  }
}
