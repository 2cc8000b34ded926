import { parseDocument } from 'yaml';
import type { ServerTree } from '../tree/ServerTree.js';
import type { ImageRule } from './ImageRule.js';

const MAIN_FILE = '/etc/cloud/cloud.cfg';
const FOLDER = '/etc/cloud/cloud.cfg.d';

/**
 * On a new platform cloud-init sees a new instance: it would make new SSH host keys, another host name, and network
 * settings from what it cached; it would write the list of package mirrors anew, lock the default user's password, close sshd to passwords, and let root's key do no
 * more than print a message. The server is to stay the one it was.
 */
export const cloudInit: ImageRule = {
  id: 'cloud-init',
  reason:
    'cloud-init keeps host name, SSH host keys, logins, package mirrors and network as they are, though the platform is a new one',
  async apply(tree) {
    if (!(await tree.isFolder('/etc/cloud'))) return;
    const user = await defaultUser(tree);
    const keepsPassword = user !== null && (await hasPassword(tree, user));
    await tree.write(`${FOLDER}/99-fleetlift.cfg`, keepsPassword ? SETTINGS + PASSWORD : SETTINGS);
  },
};

/**
 * After cloud-init's reference of modules, “Set Passwords” (`ssh_pwauth`: every version takes `unchanged`, those from 22.2 on
 * with a note in their log) and “SSH” (`disable_root`), “Apt Configure” (`preserve_sources_list`).
 */
const SETTINGS = `# Written by fleetlift: the server stays the one it was. Remove this file to hand it to cloud-init again.
preserve_hostname: true
ssh_deletekeys: false
ssh_pwauth: unchanged
disable_root: false
apt:
  preserve_sources_list: true
network:
  config: disabled
`;

/**
 * Goes into the `system_info` of the server's own files: read_conf_with_confd of cloud-init adds dictionaries to each other,
 * key by key, and this file's keys count. Only for a password in use: one that is locked would be unlocked by it, and a
 * default user that nothing names would be an error.
 */
const PASSWORD = `system_info:
  default_user:
    lock_passwd: false
`;

/** The user that cloud-init makes on a new instance, or changes where there is one; of several files the last one counts. */
async function defaultUser(tree: ServerTree): Promise<string | null> {
  const names = (await tree.list(FOLDER)).filter((name) => name.endsWith('.cfg'));
  for (const file of [...names.map((name) => `${FOLDER}/${name}`).reverse(), MAIN_FILE]) {
    if (!(await tree.isFile(file))) continue;
    const document = parseDocument((await tree.readText(file)) ?? '');
    const name = document.getIn(['system_info', 'default_user', 'name']);
    // What is no YAML is left out by cloud-init too.
    if (document.errors.length === 0 && typeof name === 'string') return name;
  }
  return null;
}

/** shadow(5): what begins with `!` or `*` is locked, and nothing is no password. */
async function hasPassword(tree: ServerTree, user: string): Promise<boolean> {
  const lines = ((await tree.readText('/etc/shadow')) ?? '').split('\n');
  const [, hash = ''] = lines.map((line) => line.split(':')).find(([name]) => name === user) ?? [];
  return /^[^!*]/.test(hash);
}
