import { readFile } from 'node:fs/promises';
import { renderTable, printable } from '../../console/text.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';

interface VerifyOptions {
  key?: string;
}

export const verify: CommandSpec<VerifyOptions> = {
  name: 'verify',
  summary: 'check a bundle of evidence',
  description:
    'Checks every member against the signed manifest, offline, and names what was altered, is missing or was added. Exit status 1 where anything is not as it was signed. Without --key compare the printed fingerprint with the one that was printed when the bundle was made: anybody can sign with a key of his own.',
  arguments: [{ syntax: '<file>', description: 'bundle, as report --bundle has written it' }],
  options: [{ flags: '--key <file>', description: 'public key that must have signed it' }],
  examples: [
    { command: 'report verify dc1.tar.zst', does: 'what it says, and who signed it' },
    { command: 'report verify dc1.tar.zst --key relay.pub', does: 'only where this key signed it' },
  ],
  async run({ output }, [file = ''], { key }): Promise<ExitCode> {
    const [{ verifyBundle }, { fingerprintOf }] = await Promise.all([
      import('../../evidence/verifyBundle.js'),
      import('../../evidence/signingKey.js'),
    ]);
    const wanted = key === undefined ? null : await fingerprintOf(await readKey(key));
    const { intact, signer, problems } = await verifyBundle(file, wanted);
    const valid = problems.length === 0;
    output.document({ file, valid, signer, intact, problems });
    output.print(
      ...renderTable(
        problems.map(({ code, member, message }) => [code, member ?? '', message].map(printable)),
      ),
      `${file}: ${valid ? 'as it was signed' : `NOT as it was signed, ${problems.length} problem${problems.length === 1 ? '' : 's'}`}; ${intact} members intact`,
      `signed by ${signer ?? 'nobody: no signature fits'}`,
    );
    return valid ? EXIT.done : EXIT.unexpected;
  },
};

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`the key ${file} cannot be read: ${why}`, 'fleetlift report verify --help');
  }
}
