import { expect, it } from 'vitest';
import { notReachable } from './notReachable.js';

it.each([
  'code: \'Unknown error\', message: "transport error", source: hyper::Error(Io, Custom { kind: InvalidData, error: "received fatal alert: CertificateRequired" })',
  'code: \'The operation was cancelled\', message: "operation was canceled", source: hyper::Error(Canceled, "connection closed")',
  'transport error: hyper::Error(Io, Os { code: 104, kind: ConnectionReset, message: "Connection reset by peer" })',
  'transport error: hyper::Error(Io, Os { code: 32, kind: BrokenPipe, message: "Broken pipe" })',
])('an ended connection points to the client certificate: %s', (said) => {
  const error = notReachable('temporal:7233', new Error(said));
  expect(error.message).toContain(said);
  expect(error.remedy).toMatch(/client certificate \(TEMPORAL_TLS_CLIENT_CERT_PATH\).*TEMPORAL_TLS_\*/);
});

it('what nobody listens on does not', () => {
  const { remedy } = notReachable('temporal:7233', 'tcp connect error: Connection refused (os error 111)');
  expect(remedy).toMatch(/^check --address/);
});
