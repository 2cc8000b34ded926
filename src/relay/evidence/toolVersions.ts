import { release } from 'node:os';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { runTool } from '../runTool.js';

/** What makes replica, image and boot, each with the argument that has it tell its version. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  rsync: ['--version'],
  ssh: ['-V'],
  sfdisk: ['--version'],
  'mkfs.ext4': ['-V'],
  'mkfs.xfs': ['-V'],
  'mkfs.btrfs': ['--version'],
  'mkfs.fat': ['--help'],
  'grub-mkimage': ['--version'],
  'qemu-img': ['--version'],
  'qemu-system-x86_64': ['--version'],
  sha256sum: ['--version'],
};

/** The first line of what each tool says of its version; null: it is not installed. */
export async function toolVersions(signal?: AbortSignal): Promise<Record<string, string | null>> {
  const versions: Record<string, string | null> = { kernel: release(), node: process.version };
  for (const [tool, words] of Object.entries(TOOLS)) versions[tool] = await versionOf(tool, words, signal);
  return versions;
}

async function versionOf(
  tool: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await runTool(tool, words, { accept: [0, 1], signal });
    return `${stdout}\n${stderr}`.trim().split('\n')[0] ?? null;
  } catch (error) {
    // What the job needs and is missing is told by the step that needs it.
    if (error instanceof FleetliftError) return null;
    throw error;
  }
}
