import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { removeControlGroups } from './controlGroups.js';
import { freeLoop, loopsBelow } from './loops.js';
import { builderWords } from './build.js';
import { LAB_DIR } from './paths.js';
import { findProcesses, signal } from './process.js';
import { isMachine, type LabServer } from './servers.js';
import { controlGroup, serverDir, sshArguments } from './state.js';
import { waitFor } from './waitFor.js';

const NAMESPACES = [
  ...['--mount', '--propagation', 'slave'],
  ...['--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
];
const BOOT_TIMEOUT_MS = 120_000;
const SHUTDOWN_TIMEOUT_MS = 45_000;
/** A QEMU machine is emulated, and may be one of two that boot on two cores. */
const EMULATED_TIMES = 3;
const KILL_TIMEOUT_MS = 15_000;

/** Boots a server that is off, and waits until it is up; one that runs is only waited for. */
export async function boot(stateDir: string, server: LabServer): Promise<void> {
  if (!(await isOn(stateDir, server))) startSupervisor(stateDir, server);
  await waitUntilUp(stateDir, server);
}

/** Shuts a server down in order, and waits until its disks are free for others; one that is off is left so. */
export async function shutDown(stateDir: string, server: LabServer): Promise<void> {
  // Again and again: a supervisor that has only just begun does not hear it yet.
  const offAfter = (name: NodeJS.Signals) => async (): Promise<boolean> => {
    await signalAll(supervisorWords(stateDir, server), name);
    return !(await isOn(stateDir, server));
  };
  try {
    await waitFor(`${server.name} to shut down`, patience(server, SHUTDOWN_TIMEOUT_MS), offAfter('SIGTERM'));
  } catch {
    await cutPower(stateDir, server);
  }
  await waitFor(`a killed build of ${server.name} to end`, KILL_TIMEOUT_MS, async () => {
    return (await signalAll(builderWords(stateDir, server), 'SIGKILL')) === 0;
  });
  await removeControlGroups(controlGroup(stateDir, server));
  await freeDisks(serverDir(stateDir, server.name));
}

/** Ends a server at once, as by a power cut, and waits until it has ended. */
export async function cutPower(stateDir: string, server: LabServer): Promise<void> {
  await waitFor(`${server.name} to end after a kill`, KILL_TIMEOUT_MS, async () => {
    await signalAll(supervisorWords(stateDir, server), 'SIGKILL');
    return !(await isOn(stateDir, server));
  });
}

function patience(server: LabServer, milliseconds: number): number {
  return isMachine(server) ? EMULATED_TIMES * milliseconds : milliseconds;
}

/** Whether the server's supervisor runs, which it does from boot to power-off. */
export async function isOn(stateDir: string, server: LabServer): Promise<boolean> {
  const starting = await findProcesses(['unshare', ...NAMESPACES, ...supervisorWords(stateDir, server)]);
  return starting.length > 0 || (await findProcesses(supervisorWords(stateDir, server))).length > 0;
}

/** Waits until no loop device has a file below the folder any more; frees those that a killed build has left. */
export async function freeDisks(folder: string): Promise<void> {
  await waitFor(`the loop devices of ${folder} to be free`, KILL_TIMEOUT_MS, async () => {
    const left = await loopsBelow(folder);
    for (const loop of left) await freeLoop(loop);
    return left.length === 0;
  });
}

function startSupervisor(stateDir: string, server: LabServer): void {
  const log = openSync(join(serverDir(stateDir, server.name), 'console.log'), 'a');
  const child = spawn(
    'unshare',
    [
      ...[...NAMESPACES, ...supervisorWords(stateDir, server)],
      ...[server.name, server.netns, controlGroup(stateDir, server)],
    ],
    { detached: true, stdio: ['ignore', log, log] },
  );
  child.unref();
  closeSync(log);
}

/** The supervisor is known by its arguments: no record can be lost or point to a wrong process. */
function supervisorWords(stateDir: string, server: LabServer): string[] {
  return ['sh', join(LAB_DIR, 'supervise.sh'), serverDir(stateDir, server.name)];
}

/** Sends the signal to the processes whose arguments begin so. @returns how many there were. */
async function signalAll(words: readonly string[], name: NodeJS.Signals): Promise<number> {
  const found = await findProcesses(words);
  for (const process of found) signal(process, name);
  return found.length;
}

/** @throws Error with the end of what the server has said, if it does not come up. */
async function waitUntilUp(stateDir: string, server: LabServer): Promise<void> {
  const ssh = sshArguments(stateDir, server);
  try {
    await waitFor(`${server.name} to be up`, patience(server, BOOT_TIMEOUT_MS), async () => {
      if (!(await isOn(stateDir, server))) throw new Error(`${server.name} went off while it booted`);
      const { stdout } = await execa(
        'setpriv',
        ['--pdeathsig', 'KILL', 'ssh', ...ssh, 'systemctl is-system-running'],
        {
          reject: false,
          timeout: 10_000,
        },
      );
      return stdout === 'running' || stdout === 'degraded';
    });
  } catch (error) {
    const logs = isMachine(server) ? ['console.log', 'serial.log'] : ['console.log'];
    const ends = await Promise.all(logs.map((log) => endOf(join(serverDir(stateDir, server.name), log))));
    const message = error instanceof Error ? error.message : String(error);
    throw new Error([message, ...ends].join('\n'), { cause: error });
  }
}

/** The last lines of a log; none where it cannot be read, since there is a reason to tell already. */
async function endOf(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.split('\n').slice(-20).join('\n');
}
