import { installCommand } from './packages.js';
import type { Check } from './types.js';

/** What the agent uses on the source. */
export const TOOL_CHECKS: readonly Check[] = [
  {
    id: 'rsync',
    what: 'rsync is installed',
    run: ({ tools, os }) =>
      tools.rsync === null
        ? {
            code: 'E-RSYNC-MISSING',
            message: 'rsync is not installed',
            remedy: installCommand(os, { debian: 'rsync', rhel: 'rsync', suse: 'rsync' }),
          }
        : null,
  },
  {
    id: 'rsync-attributes',
    what: 'rsync carries ACLs and extended attributes',
    run: ({ tools }) =>
      tools.rsync !== null && !(tools.rsync.acls && tools.rsync.xattrs)
        ? {
            code: 'W-RSYNC-ATTRIBUTES',
            message: `rsync ${tools.rsync.version} was built without ${tools.rsync.acls ? 'extended attributes' : 'ACLs'}`,
          }
        : null,
  },
  {
    id: 'ssh-client',
    what: 'an ssh client, by which the source sends',
    run: ({ tools, os }) =>
      tools.ssh === null
        ? {
            code: 'E-SSH-CLIENT-MISSING',
            message: 'no ssh client is installed',
            remedy: installCommand(os, {
              debian: 'openssh-client',
              rhel: 'openssh-clients',
              suse: 'openssh-clients',
            }),
          }
        : null,
  },
  {
    id: 'util-linux',
    what: 'unshare and setsid',
    run: ({ tools, os }) => {
      const missing = [...(tools.unshare ? [] : ['unshare']), ...(tools.setsid ? [] : ['setsid'])];
      if (missing.length === 0) return null;
      return {
        code: 'E-AGENT-TOOL',
        message: `${missing.join(' and ')} of util-linux ${missing.length === 1 ? 'is' : 'are'} not installed`,
        remedy: installCommand(os, { debian: 'util-linux', rhel: 'util-linux', suse: 'util-linux' }),
      };
    },
  },
  {
    id: 'root',
    what: 'root, directly or by sudo',
    run: ({ root }) => (root ? null : { code: 'E-NOT-ROOT', message: 'the login does not become root' }),
  },
];
