import type { ClientChannel } from 'ssh2';
import { FleetliftError } from '../errors/FleetliftError.js';
import { abortReason } from './abort.js';
import type { Link } from './link.js';
import type { ExecOptions, ExecResult } from './types.js';

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs one command over a link, to its end. Where it is given up (timeout, abort, too much output) its channel is
 * closed, and what still arrives is thrown away; a command that writes nothing may go on running on the server.
 * @throws FleetliftError E-LINK-LOST, E-SSH-TIMEOUT, E-AGENT-OUTPUT; the signal's reason where it is aborted.
 */
export function runCommand(link: Link, command: string, options: ExecOptions): Promise<ExecResult> {
  const { signal, timeoutMs = TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let outputBytes = 0;
    let exitCode: number | null = null;
    let channel: ClientChannel | null = null;
    let settled = false;

    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      forget();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: Error): void => {
      settle(() => {
        stdout.length = 0;
        stderr.length = 0;
        channel?.close();
        reject(error);
      });
    };
    const lost = (why: Error): void => {
      fail(new FleetliftError('E-LINK-LOST', { message: `${link.name}: ${why.message}`, cause: why }));
    };
    const onAbort = (): void => {
      if (signal) fail(abortReason(signal));
    };
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      if (settled) return;
      outputBytes += chunk.length;
      if (outputBytes <= maxOutputBytes) into.push(chunk);
      else
        fail(
          new FleetliftError('E-AGENT-OUTPUT', {
            message: `${link.name}: a command’s output is larger than ${maxOutputBytes} bytes`,
          }),
        );
    };
    const onChannel = (opened: ClientChannel): void => {
      channel = opened;
      opened.on('error', lost);
      opened.stderr.on('data', collect(stderr));
      opened.on('data', collect(stdout));
      // Code null: ended by a signal. No such event at all: the server went away.
      opened.on('exit', (code: number | null) => {
        exitCode = code ?? -1;
      });
      opened.on('close', () => {
        if (exitCode === null) lost(new Error('the command’s channel was closed before its end'));
        else finish(exitCode);
      });
      if (settled) opened.close();
      else opened.end(options.stdin);
    };
    const finish = (code: number): void => {
      settle(() => {
        resolve({
          exitCode: code,
          stdout: Buffer.concat(stdout),
          stderr: Buffer.concat(stderr).toString('utf8'),
        });
      });
    };

    const timer = setTimeout(() => {
      const message = `${link.name}: a command gave no answer in ${Math.round(timeoutMs / 1000)} s`;
      fail(new FleetliftError('E-SSH-TIMEOUT', { message }));
    }, timeoutMs);
    const forget = link.onBroken(lost);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else if (link.broken !== null) lost(link.broken);
    else
      try {
        link.client.exec(command, (error, opened) => {
          if (error) lost(error);
          else onChannel(opened);
        });
      } catch (error) {
        lost(error instanceof Error ? error : new Error(String(error)));
      }
  });
}
