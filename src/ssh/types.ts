import type { SshSettings } from '../model/fleet.js';

/** A server to connect to, as the inventory names it. */
export interface SshTarget {
  /** Name in the inventory, for messages. */
  readonly server: string;
  readonly host: string;
  readonly settings: SshSettings;
  /**
   * Connect here instead (a booted image on a relay), without jump hosts, while the host key is still checked under
   * the server's own host and port.
   */
  readonly via?: Place;
}

/** Where a TCP connection goes to. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface ExecOptions {
  readonly stdin?: string | Uint8Array;
  /** Milliseconds until the command is given up with E-SSH-TIMEOUT; default 60,000. */
  readonly timeoutMs?: number;
  /** More output than this is E-AGENT-OUTPUT, and the channel is closed; default 16 MiB. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
  /** Run as root: through `sudo -n` where the settings say so; default true. */
  readonly root?: boolean;
}

export interface ExecResult {
  /** -1 where the command was ended by a signal. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A port on the server's own 127.0.0.1 whose connections come out on our side. */
export interface Tunnel {
  /** Chosen by the server. */
  readonly port: number;
  /** Why its last connection did not come through; null: it did, or there was none. */
  failure(): string | null;
}

/** An open, host-key-checked connection to one server. */
export interface SshSession {
  /** Our own address of the connection (with jump hosts: null), which is how the source sees us. */
  readonly localAddress: string | null;
  /** The server's host key as a known_hosts line without the host: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Opens a tunnel to a place as seen from here; it ends with the session. */
  openTunnel(to: Place, signal?: AbortSignal): Promise<Tunnel>;
  close(): void;
}
