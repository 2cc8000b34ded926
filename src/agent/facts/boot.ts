import type { BootFacts } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { readKernels } from './kernels.js';
import { readable } from './values.js';

/** UEFI's own namespace of variables; the first four bytes of such a file are attributes. */
const SECURE_BOOT = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const ATTRIBUTE_BYTES = 4;
const MAX_PROGRAMS = 500;

/** How the source boots. */
export function readBoot(evidence: Evidence): BootFacts {
  return {
    firmware: evidence.command('efi').exit === 0 ? 'uefi' : 'bios',
    secureBoot: evidence.bytes(SECURE_BOOT)?.[ATTRIBUTE_BYTES] === 1,
    commandLine: readable((evidence.file('/proc/cmdline') ?? '').trim(), 4096),
    grub: parseGrubVersion(evidence.output('grub') ?? ''),
    runningKernel: readable((evidence.output('release') ?? '').trim()),
    kernels: readKernels(evidence),
    ...espPrograms(evidence),
  };
}

function espPrograms(evidence: Evidence): Pick<BootFacts, 'espPrograms'> {
  const found = linesOf(evidence.output('esp')).filter((line) => /^EFI\/[ -~]{1,250}\.efi$/i.test(line));
  return found.length > 0 ? { espPrograms: found.slice(0, MAX_PROGRAMS) } : {};
}

/** Reads `grub-install (GRUB) 2.06-13+deb12u1`, at SUSE `(GRUB2)`; 0.97 and before is another program. */
function parseGrubVersion(text: string): string | null {
  const version = /\bGRUB2?\)?\s+v?(\d[^\s)]*)/.exec(text)?.[1];
  if (version === undefined) return null;
  return /^0\./.test(version) && !/^0\.9[89]|^1\./.test(version) ? 'grub-legacy' : readable(version, 64);
}
