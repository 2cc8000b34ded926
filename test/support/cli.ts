import { vi } from 'vitest';
import { runCli } from '../../src/cli/runCli.js';

/** Runs a command line in this process, with a state folder of its own, and takes what it says. */
export async function runCommand(
  stateDir: string,
  ...argv: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    const code = await runCli([...argv, '--state-dir', stateDir]);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
