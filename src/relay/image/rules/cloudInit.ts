import type { ImageRule } from './ImageRule.js';

/**
 * On a new platform cloud-init sees a new instance: it would make new SSH host keys, another host name, and network
 * settings from what it cached. The server is to stay the one it was.
 */
export const cloudInit: ImageRule = {
  id: 'cloud-init',
  reason:
    'cloud-init keeps host name, SSH host keys and network as they are, though the platform is a new one',
  async apply(tree) {
    if (!(await tree.isFolder('/etc/cloud'))) return;
    await tree.write('/etc/cloud/cloud.cfg.d/99-fleetlift.cfg', SETTINGS);
  },
};

const SETTINGS = `# Written by fleetlift: the server stays the one it was. Remove this file to hand it to cloud-init again.
preserve_hostname: true
ssh_deletekeys: false
network:
  config: disabled
`;
