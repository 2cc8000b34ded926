import { join } from 'node:path';
import type { RelayContext } from '../types.js';

/** Files of a relay's receiver, which all of its jobs share. */
export interface ReceiverFiles {
  readonly folder: string;
  readonly hostKey: string;
  readonly config: string;
  readonly pid: string;
  readonly log: string;
  readonly authorizedKeys: string;
  readonly lock: string;
}

export function receiverFiles(relay: Pick<RelayContext, 'dir'>): ReceiverFiles {
  const folder = join(relay.dir, 'receiver');
  return {
    folder,
    hostKey: join(folder, 'host_ed25519'),
    config: join(folder, 'sshd_config'),
    pid: join(folder, 'sshd.pid'),
    log: join(folder, 'sshd.log'),
    authorizedKeys: join(folder, 'authorized_keys'),
    lock: join(folder, 'lock'),
  };
}

/** What a job's wrapper is told, in `receiver.json` of the job's receiver folder. */
export interface ReceiverSettings {
  readonly relayDir: string;
  /** Free bytes of the relay below which its receivers are stopped. */
  readonly marginBytes: number;
  /** When the replica is written out: after so many milliseconds, or wire bytes. */
  readonly writeOut: { readonly ms: number; readonly bytes: number };
}

export function settingsFile(receiver: string): string {
  return join(receiver, 'receiver.json');
}

export function rsyncdConfigFile(receiver: string): string {
  return join(receiver, 'rsyncd.conf');
}

/** Name of the one rsync module of a receiver. */
export const MODULE = 'replica';
