import { FleetliftError } from '../../errors/FleetliftError.js';

/** The error for an answer that no agent of ours gives, or that no sane machine has. */
export function agentOutputError(message: string, cause?: unknown): FleetliftError {
  return new FleetliftError('E-AGENT-OUTPUT', {
    message: `the agent's facts cannot be used: ${message}`,
    cause,
  });
}
