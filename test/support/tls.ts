/** A TLS end before a server that has none, with a certificate authority of its own. */
import { readFileSync } from 'node:fs';
import {
  connect,
  constants,
  createSecureServer,
  type ClientHttp2Session,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { join } from 'node:path';
import { execa } from 'execa';

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };
const UNAUTHENTICATED = '16';

export interface Certificates {
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly serverCert: string;
  readonly serverKey: string;
}

/** Makes an authority, and by it a certificate for 127.0.0.1 and one for a client; answers their files. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=authority'],
    ...['-keyout', 'ca.key', '-out', 'ca.pem'],
  );
  for (const [name, more] of [
    ['server', ['-addext', 'subjectAltName=IP:127.0.0.1']],
    ['client', ['-addext', 'extendedKeyUsage=clientAuth']],
  ] as const) {
    await openssl(
      ...['req', ...newKey, '-subj', `/CN=${name}`, ...more, '-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '2', '-copy_extensions', 'copy', '-out', `${name}.pem`],
    );
  }
  return {
    ca: file('ca.pem'),
    clientCert: file('client.pem'),
    clientKey: file('client.key'),
    serverCert: file('server.pem'),
    serverKey: file('server.key'),
  };
}

/** Passes gRPC calls of clients that have a certificate of the authority and the API key to a server in the clear. */
export class TlsEnd {
  private constructor(
    private readonly server: Http2SecureServer,
    private readonly upstream: ClientHttp2Session,
    readonly address: string,
  ) {}

  static async before(target: string, files: Certificates, apiKey: string): Promise<TlsEnd> {
    const upstream = connect(`http://${target}`);
    const server = createSecureServer({
      ca: readFileSync(files.ca),
      cert: readFileSync(files.serverCert),
      key: readFileSync(files.serverKey),
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.on('stream', (call, headers) => {
      if (headers.authorization === `Bearer ${apiKey}`) passOn(call, headers, upstream);
      else call.respond({ ...GRPC, 'grpc-status': UNAUTHENTICATED }, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
    return new TlsEnd(server, upstream, `127.0.0.1:${bound.port}`);
  }

  close(): void {
    this.upstream.destroy();
    this.server.close();
  }
}

function passOn(call: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const { ':authority': _, ':scheme': __, ...own } = headers;
  const request = upstream.request(own);
  let trailers: IncomingHttpHeaders = {};
  request.on('trailers', (last: IncomingHttpHeaders) => {
    trailers = last;
  });
  request.on('response', (answer, flags) => {
    // Given up meanwhile by who asked.
    if (call.destroyed) {
      request.close();
      return;
    }
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    call.respond(answer, isWhole ? { endStream: true } : { waitForTrailers: true });
    if (!isWhole) request.pipe(call);
  });
  call.on('wantTrailers', () => call.sendTrailers(trailers));
  call.on('close', () => request.close());
  call.on('error', () => request.close());
  request.on('error', () => call.destroy());
  call.pipe(request);
}
