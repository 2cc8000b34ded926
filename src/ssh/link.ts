import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';

/** Time for the farewell to leave before the socket is cut. */
const FAREWELL_MS = 500;

/** One logged-in connection of a chain, which tells everyone who waits on it when it breaks. */
export class Link {
  /** Why it is of no use any more; null while it is open. */
  broken: Error | null = null;
  private readonly waiting = new Set<(why: Error) => void>();

  constructor(
    readonly client: Client,
    private readonly stream: Duplex,
    /** For messages: `web1 (root@10.0.1.11:22)`. */
    readonly name: string,
  ) {
    client.setMaxListeners(0);
    client.on('error', (error: Error) => {
      this.break(error);
    });
    client.on('close', () => {
      this.break(new Error('the connection was closed'));
    });
  }

  /** Calls back once when the link breaks; the returned function takes that back. */
  onBroken(callback: (why: Error) => void): () => void {
    this.waiting.add(callback);
    return () => {
      this.waiting.delete(callback);
    };
  }

  close(): void {
    if (this.broken !== null) return;
    this.client.end();
    this.tell(new Error('the session was closed by fleetlift'));
    const timer = setTimeout(() => this.stream.destroy(), FAREWELL_MS);
    this.stream.once('close', () => {
      clearTimeout(timer);
    });
  }

  private break(why: Error): void {
    if (this.broken !== null) return;
    this.stream.destroy();
    this.tell(why);
  }

  private tell(why: Error): void {
    this.broken = why;
    const callbacks = [...this.waiting];
    this.waiting.clear();
    for (const callback of callbacks) callback(why);
  }
}
