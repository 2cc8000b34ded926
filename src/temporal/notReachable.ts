import { FleetliftError } from '../errors/FleetliftError.js';

/** E-TEMPORAL for a connection that could not be made, with what to look at. */
export function notReachable(address: string, cause: unknown): FleetliftError {
  return new FleetliftError('E-TEMPORAL', {
    message: `Temporal at ${address} is not reachable: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy:
      'check --address, TEMPORAL_ADDRESS, TEMPORAL_TLS_* and TEMPORAL_API_KEY, or temporal.toml; without an address the embedded Temporal is used',
    cause,
  });
}
