import { FleetliftError } from '../errors/FleetliftError.js';
import { name as nameSchema } from './fields.js';

/**
 * A commented inventory to begin with, valid as it is but for its addresses.
 *
 * @throws {FleetliftError} E-USAGE where the name cannot be that of a migration
 */
export function skeleton(name: string): string {
  const checked = nameSchema.safeParse(name);
  if (!checked.success) {
    const rule = checked.error.issues[0]?.message ?? '';
    throw new FleetliftError('E-USAGE', {
      message: `the name of a migration must be ${rule}, not ${JSON.stringify(name)}`,
      remedy: 'fleetlift init --name NAME',
    });
  }
  // The name is quoted, since YAML would read 2026 as a number and true as a truth value.
  return TEMPLATE.replace('NAME', JSON.stringify(name));
}

const TEMPLATE = `# Every field, its default and its meaning: docs/inventory.md
# Check this file: fleetlift validate FILE      Check the servers, change nothing: fleetlift drill FILE
version: 1
name: NAME

# Settings of every server; a server may set each of them for itself.
defaults:
  ssh:
    user: root
    # identityFile: ~/.ssh/id_ed25519     # default: ~/.ssh/config, then ssh-agent
    # passwordEnv: FLEET_PASSWORD         # the NAME of an environment variable; secrets never stand here
    # sudo: true                          # where the login is not root
    # jump: admin@bastion.example.com
  sync:
    excludes:
      system: [/var/tmp/, /var/cache/apt/archives/*.deb]
      # disk1: [/scratch/]                # data disks are numbered from 1
  image:
    format: qcow2                         # qcow2, raw, vpc (VHD) or vmdk
  verify:
    boot: [bios]                          # bios, uefi, or both
    # commands: [systemctl is-active nginx]
    # ports: [80, 443]

limits:
  concurrency: 10                         # servers at a time

# Where the data arrive. Without this section: this machine, with a folder in fleetlift's state folder.
# relays:
#   - {name: local, address: 10.0.0.5, dir: /var/lib/fleetlift, slots: 4}

# In order; a wave starts when the one before is done. Without this section: one wave with every server.
waves:
  - {name: canary, servers: [web1]}
  - {name: rest, tags: [web, db]}

servers:
  - {name: web1, host: 192.0.2.11, tags: [web]}
  - {name: web2, host: 192.0.2.12, tags: [web]}
  - name: db1
    host: 192.0.2.21
    tags: [db]
    verify:
      ports: [5432]
`;
