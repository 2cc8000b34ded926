import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { SshSession } from '../../ssh/types.js';

export type Shell = 'dash' | 'busybox' | 'bash';

export interface LocalSession extends Pick<SshSession, 'exec'> {
  dispose(): Promise<void>;
}

/**
 * A session with this machine itself, whose `sh` is the given shell.
 * @param within words that a command is run under, e.g. `nsenter …` or `setpriv …`
 */
export async function localSession(shell: Shell, within: readonly string[] = []): Promise<LocalSession> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-shell-'));
  await symlink(`/usr/bin/${shell}`, join(folder, 'sh'));
  return {
    async exec(command, options = {}) {
      const words = [...within, join(folder, 'sh'), '-c', command];
      const result = await execa('env', words, {
        input: options.stdin ?? '',
        encoding: 'buffer',
        reject: false,
        env: { PATH: `${folder}:${process.env.PATH ?? ''}` },
        timeout: options.timeoutMs ?? 60_000,
        ...(options.signal ? { cancelSignal: options.signal } : {}),
      });
      return {
        exitCode: result.exitCode ?? -1,
        stdout: Buffer.from(result.stdout),
        stderr: Buffer.from(result.stderr).toString('utf8'),
      };
    },
    dispose: () => rm(folder, { recursive: true }),
  };
}
