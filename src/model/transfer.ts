/** What the orchestrator asks of the agent for one pass, and what the agent's journal answers. */

/** How the agent reaches a filesystem's whole content inside its private mount namespace. */
export type ReadMethod =
  | { readonly kind: 'bind'; readonly mountpoint: string }
  /** The device mounted once more; btrfs with `subvolid=5`, so that every subvolume is below. */
  | { readonly kind: 'device'; readonly device: string; readonly type: string }
  /** The snapshot that the agent holds of it. */
  | { readonly kind: 'snapshot' };

export interface PassFilesystem {
  /** Name of its folder in the receiver's module. */
  readonly id: string;
  readonly read: ReadMethod;
  /** rsync filter rules in order, without the leading `- `; anchored ones start with `/`. */
  readonly excludes: readonly string[];
}

/** The receiver of one job, as its relay has opened it. */
export interface Receiver {
  readonly port: number;
  readonly user: string;
  /** One line of a known_hosts file without the host, e.g. `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Name of the rsync module. */
  readonly module: string;
  /** It has a place for the files of the source's ESP; absent: it has none. */
  readonly takesEsp?: true;
}

/** Where a source sends to: that receiver, at the address and the port by which the source reaches it. */
export interface ReceiverEndpoint extends Receiver {
  readonly address: string;
}

/** Caps of a transfer, megabits a second of wire bytes; null: none. */
export interface TransferLimits {
  /** Of this server alone. */
  readonly serverMbps: number | null;
  /** Of all servers of the migration that send to the same relay, shared fairly. */
  readonly migrationMbps: number | null;
}

export interface PassSpec {
  /** Counts all passes of the job from 1; a pass that is started again keeps its number. */
  readonly number: number;
  /** `sync` sends, `verify` is a checksum dry run, `correct` sends what differs by checksum. */
  readonly kind: 'sync' | 'verify' | 'correct';
  readonly filesystems: readonly PassFilesystem[];
  readonly receiver: ReceiverEndpoint;
  readonly compression: 'none' | 'zstd' | 'zlib';
}

export type PassState = 'running' | 'done' | 'failed' | 'stopped';

export interface PassStatus {
  readonly number: number;
  readonly state: PassState;
  /** Source's clock, seconds since the epoch, when the pass started for the first time. */
  readonly startedAtEpoch: number;
  /** Content bytes handled so far (rsync's progress: sent or found equal). */
  readonly doneBytes: number;
  /** What the rsync that runs has read so far, from disk and network: grows while it lives; 0: none runs. */
  readonly readBytes: number;
  /** Filesystems done so far, with rsync's exit code and totals. */
  readonly filesystems: readonly {
    readonly id: string;
    readonly exitCode: number;
    readonly files: number;
    readonly totalBytes: number;
    readonly sentBytes: number;
  }[];
  /** Last lines of rsync's error output, at most 4 KiB. */
  readonly errorTail: string;
}

/** One line of a verify pass: what rsync would have done to make the replica like the source. */
export interface Difference {
  readonly filesystem: string;
  /** rsync's itemize string, e.g. `>fcst......`. */
  readonly itemized: string;
  /** Path relative to the filesystem's root. */
  readonly path: string;
  /** Source's ctime in seconds since the epoch; for a vanished entry that of its nearest folder. */
  readonly ctimeEpoch: number | null;
  /** It is the empty folder that a snapshot of btrfs has in the place of a subvolume; absent: it is none. */
  readonly isPlaceholder?: true;
}
