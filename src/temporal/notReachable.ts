import { FleetliftError } from '../errors/FleetliftError.js';

const CHECK =
  'check --address, TEMPORAL_ADDRESS, TEMPORAL_TLS_* and TEMPORAL_API_KEY, or temporal.toml; without an address the embedded Temporal is used';

/**
 * Under TLS 1.3 a client is refused after its own handshake is over: by chance it reads the alert, or finds the
 * connection gone before (RFC 8446, section 4.4.2.4 and appendix E.1).
 */
const ENDED = /CertificateRequired|connection closed|connection ?reset|broken ?pipe|unexpected eof/i;

/** E-TEMPORAL for a connection that could not be made, with what to look at. */
export function notReachable(address: string, cause: unknown): FleetliftError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const wanted =
    'it ended the connection: it may want a client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH); ';
  return new FleetliftError('E-TEMPORAL', {
    message: `Temporal at ${address} is not reachable: ${said}`,
    remedy: `${ENDED.test(said) ? wanted : ''}${CHECK}`,
    cause,
  });
}
