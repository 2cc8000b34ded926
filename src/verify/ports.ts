import type { BootCheck } from './bootChecks.js';
import { poll } from './poll.js';
import type { Probe } from './probe.js';

/** State LISTEN of the kernel's tables (include/net/tcp_states.h). */
const LISTEN = '0A';

/** The inventory's ports are listened on; a service may open its port some time after systemd calls it started. */
export async function waitForPorts(
  ask: Probe,
  ports: readonly number[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BootCheck[]> {
  if (ports.length === 0) return [];
  const listening = await poll(
    async () => {
      // From the kernel itself, since ss is not everywhere.
      const value = parseListening(await ask('cat /proc/net/tcp /proc/net/tcp6 2>/dev/null'));
      return { done: ports.every((port) => value.has(port)), value };
    },
    timeoutMs,
    signal,
  );
  return ports.map((port) => {
    const ok = listening.has(port);
    return { name: `port ${port}`, ok, detail: ok ? 'listening' : 'nobody listens on it' };
  });
}

/** Ports of listening sockets in /proc/net/tcp and tcp6: `  0: 0100007F:1538 00000000:0000 0A …`. */
export function parseListening(text: string): Set<number> {
  const ports = new Set<number>();
  for (const line of text.split('\n')) {
    const match = /^\s*\d+: [0-9A-F]{8,32}:([0-9A-F]{4}) [0-9A-F]{8,32}:[0-9A-F]{4} ([0-9A-F]{2}) /.exec(
      line,
    );
    if (match?.[1] !== undefined && match[2] === LISTEN) ports.add(parseInt(match[1], 16));
  }
  return ports;
}
