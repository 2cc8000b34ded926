import type { ToolFacts } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { readable } from './values.js';

/** Which of the tools that a migration uses are on the source. */
export function readTools(evidence: Evidence): ToolFacts {
  const installed = installedTools(evidence);
  const ssh = evidence.output('ssh');
  return {
    rsync: parseRsync(evidence.output('rsync')),
    ssh: ssh === null ? null : readable((ssh.split(/[,\n]/)[0] ?? '').trim(), 128),
    unshare: installed.has('unshare'),
    setsid: installed.has('setsid'),
    initramfs: initramfsTool(installed),
  };
}

/** Names of the programs that the agent looked for and found. */
export function installedTools(evidence: Evidence): ReadonlySet<string> {
  // The agent's last look may fail, what it found before still counts.
  return new Set(linesOf(evidence.command('tools').out));
}

/** Where both are there, dracut was put in on purpose: it is no distribution's second choice. */
function initramfsTool(installed: ReadonlySet<string>): ToolFacts['initramfs'] {
  if (installed.has('dracut')) return 'dracut';
  return installed.has('mkinitramfs') ? 'initramfs-tools' : null;
}

/** Reads `rsync --version`; before 3.2 there was no list of compressions, and zlib the only one. */
function parseRsync(text: string | null): ToolFacts['rsync'] {
  const version = /^rsync\s+version v?(\S+)/m.exec(text ?? '')?.[1];
  if (text === null || version === undefined) return null;
  const list = /^Compress list:[ \t]*\n[ \t]+([^\n]+)/m.exec(text)?.[1];
  const compressions = (list ?? 'zlib').replace(/\([^()]*\)/g, ' ').split(/\s+/);
  return {
    version: readable(version, 32),
    compressions: compressions.filter((name) => /^[a-z0-9]{1,16}$/.test(name) && name !== 'none'),
    acls: /(?<!no )\bACLs\b/.test(text),
    xattrs: /(?<!no )\bxattrs\b/.test(text),
  };
}
