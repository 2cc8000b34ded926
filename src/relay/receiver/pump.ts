import type { Readable, Writable } from 'node:stream';

/** One direction of a connection. */
export interface Pump {
  bytes(): number;
  /** Stops taking more until the returned function is called. */
  hold(): () => void;
  /** Called once when the far side does not take any more. */
  onBroken(listener: () => void): void;
  stop(): void;
}

/** Moves bytes from one stream to the other as fast as that takes them, and counts them. */
export function countingPump(from: Readable, to: Writable): Pump {
  let bytes = 0;
  let held = 0;
  let full = false;
  const broken: (() => void)[] = [];
  const go = (): void => {
    if (held === 0 && !full) from.resume();
  };
  from.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (to.write(chunk)) return;
    full = true;
    from.pause();
  });
  to.on('drain', () => {
    full = false;
    go();
  });
  from.once('end', () => to.end());
  from.on('error', () => to.end());
  // A side that is gone shows as EPIPE or a reset: the transfer is over, and rsync's exit code tells how.
  to.on('error', () => broken.splice(0).forEach((listener) => listener()));
  return {
    bytes: () => bytes,
    hold() {
      held += 1;
      from.pause();
      return () => {
        held -= 1;
        go();
      };
    },
    onBroken: (listener) => void broken.push(listener),
    stop() {
      from.destroy();
    },
  };
}
