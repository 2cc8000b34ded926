import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';

/** A mount namespace that ends with this process; its files are seen below `/proc/PID/root`. */
export interface Namespace {
  readonly pid: number;
  /** Runs a program inside. @returns its output. */
  run(command: string, args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function openNamespace(): Promise<Namespace> {
  const holder = spawn(
    'setpriv',
    // The line on its output says that the namespace is there.
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'slave'],
      ...['sh', '-c', 'echo ready; exec sleep infinity'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('no mount namespace could be made'))),
  ]);
  const { pid } = holder;
  if (pid === undefined) throw new Error('no mount namespace could be made');
  return {
    pid,
    run: async (command, args) =>
      (await execa('nsenter', [`--mount=/proc/${pid}/ns/mnt`, command, ...args])).stdout,
    close: async () => {
      holder.kill('SIGKILL');
      await ended;
    },
  };
}
