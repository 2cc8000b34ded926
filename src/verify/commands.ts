import { FleetliftError } from '../errors/FleetliftError.js';
import type { CommandResult } from '../model/job.js';
import type { SshSession } from '../ssh/types.js';
import type { BootCheck, BootChecks } from './bootChecks.js';
import { safeLine, safeText } from './safeText.js';

const TIMEOUT_MS = 120_000;
/** What a command may print before it is stopped; of that the first part is kept. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const KEPT_BYTES = 4 * 1024;

/**
 * Runs the operator's commands one after the other, with the server's own login and not as root: who needs root
 * writes sudo. Exit 0 is a pass; one that does not end or prints without end fails alone.
 */
export async function runCommands(
  session: SshSession,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<BootChecks> {
  const checks: BootCheck[] = [];
  const results: CommandResult[] = [];
  for (const command of commands) {
    const { result, complaint } = await runOne(session, command, signal);
    results.push(result);
    checks.push({
      name: `command ${safeLine(command, 100)}`,
      ok: result.exitCode === 0,
      detail: safeLine(`exit ${result.exitCode}: ${complaint}`),
    });
  }
  return { checks, commands: results };
}

async function runOne(
  session: SshSession,
  command: string,
  signal: AbortSignal,
): Promise<{ result: CommandResult; complaint: string }> {
  try {
    const { exitCode, stdout, stderr } = await session.exec(command, {
      root: false,
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
    const printed = stdout.toString('utf8');
    const output = safeText(printed + stderr, KEPT_BYTES);
    return { result: { command, exitCode, output }, complaint: stderr.trim() || printed };
  } catch (error) {
    const itsOwn =
      error instanceof FleetliftError && (error.code === 'E-SSH-TIMEOUT' || error.code === 'E-AGENT-OUTPUT');
    if (!itsOwn) throw error;
    return { result: { command, exitCode: -1, output: error.message }, complaint: error.message };
  }
}
