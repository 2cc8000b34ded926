import type { InitramfsWait } from '../../model/facts.js';
import { linesOf } from './evidence.js';

/** Names of files by which dracut has an initramfs wait: kernel parameters that it made itself, and hooks. */
const DRACUT_SIGNS: readonly (readonly [path: RegExp, wait: InitramfsWait])[] = [
  [/^etc\/cmdline\.d\/.*lvm/, 'lvm'],
  [/^etc\/cmdline\.d\/.*(md|dm)raid/, 'raid'],
  [/^etc\/cmdline\.d\/.*(crypt|luks)/, 'luks'],
  [/^etc\/cmdline\.d\/.*multipath/, 'multipath'],
  [/^etc\/cmdline\.d\/.*resume/, 'resume'],
  // In their names every slash of a device is `\x2f`.
  [/\/devexists-.*x2fmd/, 'raid'],
  [/\/devexists-.*(x2fmapper|x2fdm-|lvm-pv)/, 'device-mapper'],
];
/** The same of initramfs-tools, whose swap to resume from is another where the kernel is given one. */
const TOOLS_SIGNS: readonly (readonly [path: RegExp, wait: InitramfsWait])[] = [
  [/^conf\/conf\.d\/cryptroot$/, 'luks'],
];
/** Both have one of these, empty where nothing is to be unlocked. */
const CRYPTTAB = /^(cryptroot|etc)\/crypttab$/;
/** What a line is looked at up to, so that a hostile one costs no time. */
const PATH_LENGTH = 1024;

/** What an initramfs waits for, by lines of its listing as `ls -l` writes them; others between them say nothing. */
export function initramfsWaits(listing: string): readonly InitramfsWait[] {
  return [...new Set(linesOf(listing).flatMap(waitsOf))].sort();
}

function waitsOf(line: string): InitramfsWait[] {
  const words = line.trim().split(/\s+/);
  const path = (words.at(-1) ?? '').replace(/^\.?\//, '').slice(0, PATH_LENGTH);
  if (CRYPTTAB.test(path)) return Number(words[4]) > 0 ? ['luks'] : [];
  return [...DRACUT_SIGNS, ...TOOLS_SIGNS].flatMap(([sign, wait]) => (sign.test(path) ? [wait] : []));
}
