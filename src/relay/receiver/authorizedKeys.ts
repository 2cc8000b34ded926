import { fileURLToPath } from 'node:url';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { jobId, type JobRef } from '../../model/job.js';
import { readIfExists, writeAtomically } from '../files.js';

/**
 * The line that lets a job's source in: nothing but its own forced command, no shell, no forwarding.
 *
 * @throws FleetliftError E-AGENT-OUTPUT for what is not one public key: the source is not trusted
 */
export function authorizedLine(job: JobRef, jobFolder: string, publicKey: string): string {
  const key = /^((?:ssh|ecdsa|sk-ssh)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?\n?$/.exec(
    publicKey,
  )?.[1];
  if (key === undefined) {
    throw new FleetliftError('E-AGENT-OUTPUT', {
      message: `${job.server} sent no public key for its transfer`,
    });
  }
  const command = [process.execPath, wrapperFile(), jobFolder].map(shellQuote).join(' ');
  return `restrict,command="${command.replaceAll('"', '\\"')}" ${key} ${jobId(job)}`;
}

/** Lines of the file, without empty ones. */
export async function readKeys(file: string): Promise<string[]> {
  return ((await readIfExists(file)) ?? '').split('\n').filter((line) => line !== '');
}

export async function writeKeys(file: string, lines: readonly string[]): Promise<void> {
  await writeAtomically(file, lines.map((line) => `${line}\n`).join(''));
}

/** Whether a line belongs to that job. */
export function isLineOf(line: string, job: JobRef): boolean {
  return line.endsWith(` ${jobId(job)}`);
}

/** The compiled wrapper: it is started by sshd, with no loader for TypeScript. */
export function wrapperFile(): string {
  const own = fileURLToPath(import.meta.url);
  return own.endsWith('.ts')
    ? fileURLToPath(new URL('../../../dist/src/relay/receiver/wrapper.js', import.meta.url))
    : fileURLToPath(new URL('./wrapper.js', import.meta.url));
}

function shellQuote(word: string): string {
  if (/[\r\n\0]/.test(word)) {
    throw new FleetliftError('E-INTERNAL', {
      message: `${JSON.stringify(word)} cannot stand in authorized_keys`,
    });
  }
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
