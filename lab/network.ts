import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { PREFIX_LENGTH, RELAY_ADDRESS, type LabServer } from './servers.js';

const BRIDGE = 'fl-br0';
const NETNS_PREFIX = 'fl-lab';
const NETNS_DIR = '/run/netns';

/**
 * Makes the mount that holds named namespaces where it is not there yet. `ip netns add` does the same, but two at a
 * time would make two.
 */
export async function makeNetnsMount(): Promise<void> {
  if (await hasNetnsMount()) return;
  await mkdir(NETNS_DIR, { recursive: true });
  await execa('mount', ['--bind', '--make-shared', NETNS_DIR, NETNS_DIR]);
}

/** Makes the bridge that all servers hang on; its address is the relay's. */
export async function makeBridge(): Promise<void> {
  if ((await links()).some(({ ifname }) => ifname === BRIDGE)) return;
  await ip('link', 'add', BRIDGE, 'type', 'bridge');
  await writeFile(`/proc/sys/net/ipv6/conf/${BRIDGE}/disable_ipv6`, '1');
  await ip('address', 'add', `${RELAY_ADDRESS}/${PREFIX_LENGTH}`, 'dev', BRIDGE);
  await ip('link', 'set', BRIDGE, 'up');
}

/**
 * Makes a server's network namespace with one interface, `eth0`, cabled to the bridge. The server configures it
 * itself when it boots.
 * @param rateMbit - Limit of the uplink in both directions, megabits a second; null: none.
 */
export async function makeUplink(server: LabServer, rateMbit: number | null): Promise<void> {
  const { netns } = server;
  await ip('netns', 'add', netns);
  for (const scope of ['all', 'default']) {
    await execa(
      'nsenter',
      [`--net=${NETNS_DIR}/${netns}`, 'tee', `/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`],
      {
        input: '1',
      },
    );
  }
  await ip(
    ...['link', 'add', netns, 'type', 'veth', 'peer', 'name', 'eth0'],
    ...['netns', netns, 'address', server.hardwareAddress],
  );
  await writeFile(`/proc/sys/net/ipv6/conf/${netns}/disable_ipv6`, '1');
  await ip('link', 'set', netns, 'master', BRIDGE, 'up');
  if (rateMbit === null) return;
  const shape = ['root', 'tbf', 'rate', `${rateMbit}mbit`, 'burst', '128kb', 'latency', '50ms'];
  await execa('tc', ['qdisc', 'add', 'dev', netns, ...shape]);
  await execa('tc', ['-n', netns, 'qdisc', 'add', 'dev', 'eth0', ...shape]);
}

/** Removes every namespace, cable and bridge with a name of the lab's, whatever state they are in. */
export async function removeNetwork(): Promise<void> {
  for (const { ifname } of await links()) {
    if (ifname.startsWith(NETNS_PREFIX) || ifname === BRIDGE) await ip('link', 'delete', ifname);
  }
  for (const name of await netnsNames()) {
    if (name.startsWith(NETNS_PREFIX)) await ip('netns', 'delete', name);
  }
}

/** Whether namespaces have been made on this machine already, by whom ever. */
export async function hasNetnsMount(): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').some((line) => line.split(' ')[4] === NETNS_DIR);
}

/** Removes the mount of {@link makeNetnsMount}, unless others use it by now. */
export async function removeNetnsMount(): Promise<void> {
  if ((await netnsNames()).length > 0 || !(await hasNetnsMount())) return;
  await execa('umount', [NETNS_DIR]);
  await rmdir(NETNS_DIR);
}

/** Whether this server's namespace and cable are there. */
export async function hasUplink(server: LabServer): Promise<boolean> {
  const cable = (await links()).find(({ ifname }) => ifname === server.netns);
  return cable?.master === BRIDGE && (await netnsNames()).includes(server.netns);
}

/** Whether any process lives in a namespace of the lab's, whichever checkout and state folder it was booted from. */
export async function anyServerRuns(): Promise<boolean> {
  for (const name of await netnsNames()) {
    if (!name.startsWith(NETNS_PREFIX)) continue;
    const { stdout } = await execa('ip', ['netns', 'pids', name]);
    if (stdout !== '') return true;
  }
  return false;
}

interface Link {
  readonly ifname: string;
  readonly master?: string;
}

async function links(): Promise<Link[]> {
  const { stdout } = await execa('ip', ['-json', 'link', 'show']);
  return JSON.parse(stdout) as Link[];
}

async function netnsNames(): Promise<string[]> {
  const { stdout } = await execa('ip', ['netns', 'list']);
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

async function ip(...args: string[]): Promise<void> {
  await execa('ip', args);
}
