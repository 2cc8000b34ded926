import { createServer } from 'node:net';

/** The wished loopback port where it is free, else one that the kernel picks. */
export async function choosePort(wished: number | null): Promise<number> {
  return (wished === null ? null : await tryPort(wished)) ?? (await anyPort());
}

async function anyPort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error('no free port on 127.0.0.1');
  return port;
}

/** Binds and lets go again; null: in use. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}
