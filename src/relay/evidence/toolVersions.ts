import { release } from 'node:os';
import { runTool } from '../runTool.js';

/** What makes replica, image and boot, each as it tells its version. */
const COMMANDS = [
  'rsync --version',
  'ssh -V',
  'sfdisk --version',
  'mkfs.ext4 -V',
  'mkfs.xfs -V',
  'mkfs.btrfs --version',
  'mkfs.fat --help',
  'grub-mkimage --version',
  'qemu-img --version',
  'qemu-system-x86_64 --version',
  'sha256sum --version',
];

/** The first line of each, empty where it is not installed: that is told by the step that needs it. */
const FIRST_LINES = `for words in "$@"; do
  line=$(command -v "\${words%% *}" >/dev/null && $words 2>&1 </dev/null | head -n 1)
  printf '%s\\n' "$line"
done`;

/** The first line of what each tool says of its version; null: it is not installed. */
export async function toolVersions(signal?: AbortSignal): Promise<Record<string, string | null>> {
  const { stdout } = await runTool('sh', ['-c', FIRST_LINES, 'sh', ...COMMANDS], { signal });
  const lines = stdout.split('\n');
  const versions: Record<string, string | null> = { kernel: release(), node: process.version };
  for (const [at, words] of COMMANDS.entries()) {
    const line = lines[at] ?? '';
    versions[words.replace(/ .*/, '')] = line === '' ? null : line;
  }
  return versions;
}
