import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../relay/runTool.js';
import { NAMESPACE } from './format.js';

const HEAD = '-----BEGIN SSH SIGNATURE-----';
const FOOT = '-----END SSH SIGNATURE-----';
/** Characters in a line, as ssh-keygen breaks them. */
const LINE = 70;

/** Signs the text of a manifest; answers the signature as a file of it is written. */
export async function signText(keyFile: string, text: string): Promise<string> {
  const { stdout } = await runTool('ssh-keygen', ['-q', '-Y', 'sign', '-n', NAMESPACE, '-f', keyFile], {
    stdin: text,
    about: 'the manifest of a bundle',
  });
  return `${stdout.trimEnd()}\n`;
}

/**
 * Checks a signature by itself, whoever made it.
 *
 * @returns the fingerprint of the key that signed; null: it does not fit the text.
 */
export async function signerOf(text: string, signature: string): Promise<string | null> {
  if (!isWhole(signature)) return null;
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-signature-'));
  try {
    const file = join(folder, 'signature');
    await writeFile(file, signature);
    const { stdout, exitCode } = await runTool(
      'ssh-keygen',
      ['-Y', 'check-novalidate', '-n', NAMESPACE, '-s', file],
      { stdin: text, accept: [0, 1, 255] },
    );
    const signer = /^Good "[^"]*" signature with \S+ key (SHA256:\S+)$/m.exec(stdout)?.[1];
    return exitCode === 0 && signer !== undefined ? signer : null;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** ssh-keygen overlooks some bytes around and in the base64; here not one may differ from what it writes. */
export function isWhole(signature: string): boolean {
  const lines = signature.split('\n');
  const body = Buffer.from(lines.slice(1, -2).join(''), 'base64').toString('base64');
  const broken = body.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return signature === [HEAD, ...broken, FOOT, ''].join('\n');
}
