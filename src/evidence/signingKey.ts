import { link, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { runTool } from '../relay/runTool.js';

/** A key that signs bundles. */
export interface SigningKey {
  readonly file: string;
  /** One line, `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/**
 * The key `evidence.key` of a relay's folder, made when it is first needed.
 *
 * @throws FleetliftError E-EVIDENCE-KEY where others can read it or it is no key, E-RELAY-TOOL without ssh-keygen
 */
export async function signingKey(relayDir: string): Promise<SigningKey> {
  const file = join(relayDir, 'evidence.key');
  await makeOnce(relayDir, file);
  await refuseShared(file);
  const { stdout, exitCode, stderr } = await runTool('ssh-keygen', ['-y', '-P', '', '-f', file], {
    accept: [0, 1, 255],
  });
  if (exitCode !== 0) throw unusable(`${file} cannot be used: ${stderr.trim()}`);
  const publicKey = stdout.trim();
  return { file, publicKey, fingerprint: await fingerprintOf(publicKey) };
}

/**
 * The fingerprint of a public key, `SHA256:…`.
 *
 * @param text a line as in a `.pub` file
 * @throws FleetliftError E-EVIDENCE-KEY where it is none
 */
export async function fingerprintOf(text: string): Promise<string> {
  const { stdout, exitCode } = await runTool('ssh-keygen', ['-l', '-E', 'sha256', '-f', '-'], {
    stdin: text,
    accept: [0, 1, 255],
  });
  const found = /^\d+ (SHA256:\S+)/.exec(stdout)?.[1];
  if (exitCode !== 0 || found === undefined) throw unusable('this is no public SSH key');
  return found;
}

/** Beside its place and then linked there: of two that make it at once, one wins, and no half is ever read. */
async function makeOnce(relayDir: string, file: string): Promise<void> {
  if (await exists(file)) return;
  await mkdir(relayDir, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(relayDir, 'evidence-key-'));
  try {
    const made = join(folder, 'key');
    await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'fleetlift-evidence', '-f', made]);
    await link(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function refuseShared(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  throw unusable(`${file} can be read by others (mode ${(mode & 0o777).toString(8)})`);
}

function unusable(message: string): FleetliftError {
  return new FleetliftError('E-EVIDENCE-KEY', { message });
}
