import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../activities/support/poll.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import { identityFile, knownHostsFile } from '../../lab/state.js';
import { OVMF } from '../../src/relay/boot/qemuArguments.js';

const LOCAL = '127.0.0.1';
/** An emulated boot beside another one. */
const BOOT_MS = 300_000;

/** Enforces Secure Boot with Microsoft's keys; its variables are written by nothing but itself, in system management mode. */
const ENFORCING = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
  variables: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
};
const PROTECTED_VARIABLES = ['-global', 'driver=cfi.pflash01,property=secure,value=on'];

/** A migrated server as its operator has it after cutover: an image that runs, and may be changed. */
export class OperatedMachine {
  private constructor(
    private readonly folder: string,
    private readonly qemu: ChildProcess,
    private readonly ssh: readonly string[],
  ) {}

  /**
   * Boots copies of the images, with no network but a port for its operator.
   * @param images - paths, the system disk's first; they are not written to
   */
  static async boot(
    server: LabServer,
    images: readonly string[],
    firmware: 'bios' | 'uefi' | 'secure-boot',
  ): Promise<OperatedMachine> {
    const folder = await mkdtemp(join(tmpdir(), 'fleetlift-operated-'));
    const drives: string[] = [];
    for (const [index, image] of images.entries()) {
      const { stdout } = await execa('qemu-img', ['info', '--output=json', image]);
      const { format } = JSON.parse(stdout) as { format: string };
      const overlay = join(folder, `disk${index}.qcow2`);
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', format, overlay]);
      drives.push('-drive', `if=none,id=d${index},format=qcow2,file=${overlay},cache=unsafe`);
      drives.push('-device', `virtio-blk-pci,drive=d${index},bootindex=${index}`);
    }
    if (firmware !== 'bios') {
      const variables = join(folder, 'efivars.fd');
      const from = firmware === 'uefi' ? OVMF : ENFORCING;
      await copyFile(from.variables, variables);
      drives.push('-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${from.code}`);
      drives.push('-drive', `if=pflash,format=raw,unit=1,file=${variables}`);
    }
    if (firmware === 'secure-boot') drives.push(...PROTECTED_VARIABLES);
    const port = await freePort();
    const qemu = spawn(
      'setpriv',
      [
        ...[
          '--pdeathsig',
          'KILL',
          'qemu-system-x86_64',
          '-nodefaults',
          '-no-user-config',
          '-display',
          'none',
        ],
        ...[
          '-vga',
          'std',
          '-machine',
          firmware === 'secure-boot' ? 'q35,smm=on' : 'q35',
          '-accel',
          'tcg,thread=multi',
          '-cpu',
          'max,erms=off,fsrm=off',
        ],
        ...['-smp', '1', '-m', '1536', '-device', 'virtio-rng-pci', ...drives],
        ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:${LOCAL}:${port}-:22`],
        ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
        ...['-serial', `file:${join(folder, 'serial.log')}`],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const ssh = [
      ...[
        '-F',
        'none',
        '-i',
        identityFile(DEFAULT_STATE_DIR),
        '-o',
        'BatchMode=yes',
        '-o',
        'ConnectTimeout=5',
      ],
      ...['-o', `UserKnownHostsFile=${knownHostsFile(DEFAULT_STATE_DIR)}`, '-o', 'StrictHostKeyChecking=yes'],
      // It has the keys of the server that it was.
      ...['-o', `HostKeyAlias=${server.address}`, '-o', 'GlobalKnownHostsFile=none'],
      ...['-p', String(port), `root@${LOCAL}`],
    ];
    const machine = new OperatedMachine(folder, qemu, ssh);
    try {
      await machine.untilUp('');
      return machine;
    } catch (error) {
      await machine.dispose();
      throw error;
    }
  }

  /**
   * Runs a command in it.
   * @param input - for its standard input: a file's path
   * @throws Error with what it said, where it fails
   */
  async run(command: string, input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await execa(
      'ssh',
      ['-o', 'ConnectTimeout=30', ...this.ssh, command],
      {
        reject: false,
        timeout: 900_000,
        ...(input === undefined ? { stdin: 'ignore' } : { inputFile: input }),
      },
    );
    if (exitCode !== 0) {
      throw new Error(`${command} ended with ${exitCode} in the image: ${stderr.slice(-2000)}`);
    }
    return stdout;
  }

  /** Reboots it, and waits until it is up again; seconds that this takes. */
  async reboot(): Promise<number> {
    const before = await this.run('cat /proc/sys/kernel/random/boot_id');
    const startedMs = Date.now();
    // The connection may end before the answer.
    await execa('ssh', [...this.ssh, 'systemctl reboot'], { reject: false, stdin: 'ignore' });
    await this.untilUp(before);
    return Math.round((Date.now() - startedMs) / 1000);
  }

  async dispose(): Promise<void> {
    if (this.qemu.exitCode === null && this.qemu.signalCode === null) {
      const ended = once(this.qemu, 'exit');
      this.qemu.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Waits for another boot than that one, until all its units have started or failed. */
  private async untilUp(bootId: string): Promise<void> {
    const up = pollUntil(1_000, AbortSignal.timeout(BOOT_MS), async () => {
      if (this.qemu.exitCode !== null) throw new Error(`QEMU ended with ${this.qemu.exitCode}`);
      const { stdout } = await execa(
        'ssh',
        [...this.ssh, 'cat /proc/sys/kernel/random/boot_id; systemctl is-system-running'],
        { reject: false, stdin: 'ignore', timeout: 20_000 },
      );
      const [id, state = ''] = stdout.split('\n');
      return id !== bootId && /^(running|degraded)$/.test(state) ? true : null;
    });
    await up.catch(async (error: unknown) => {
      const log = await readFile(join(this.folder, 'serial.log'), 'utf8').catch(() => '');
      throw new Error(`it did not come up:\n${log.slice(-2000)}`, { cause: error });
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOCAL);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
