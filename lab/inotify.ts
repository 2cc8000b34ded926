import { readFile, writeFile } from 'node:fs/promises';

/**
 * inotify instances that one user may have; every lab server's systemd and its services take theirs from root's.
 * The kernel's default of 128 is used up by twenty servers, and the next cannot boot.
 */
export const INOTIFY_LIMIT = '/proc/sys/fs/inotify/max_user_instances';
/** What a server takes (six were seen), with room for what it may start. */
const PER_SERVER = 10;
/** What the machine itself may need of them: the kernel's default. */
const FOR_THE_MACHINE = 128;

/** The limit as it is. */
export async function inotifyInstances(): Promise<number> {
  return Number(await readFile(INOTIFY_LIMIT, 'utf8'));
}

/** Makes room for so many servers; a limit that suffices stays as it is. */
export async function allowInotifyFor(servers: number): Promise<void> {
  const needed = FOR_THE_MACHINE + servers * PER_SERVER;
  if ((await inotifyInstances()) < needed) await writeFile(INOTIFY_LIMIT, String(needed));
}

/** Sets the limit back to what it was. */
export async function restoreInotify(before: number): Promise<void> {
  if ((await inotifyInstances()) > before) await writeFile(INOTIFY_LIMIT, String(before));
}
