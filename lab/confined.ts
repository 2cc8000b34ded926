import { execa } from 'execa';

/**
 * Runs a program with mount and process namespaces of its own that end with this process: whatever kills us, its
 * mounts are gone and no child of it runs on.
 * @returns Exit code and the end of its output.
 */
export async function runConfined(
  command: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const { exitCode, all } = await execa(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'slave'],
      ...['--pid', '--fork', '--kill-child=KILL', '--mount-proc', ...command],
    ],
    { reject: false, stdin: 'ignore', all: true },
  );
  return { exitCode, output: all.split('\n').slice(-30).join('\n') };
}
