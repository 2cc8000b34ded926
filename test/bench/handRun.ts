/** What an operator would type instead: rsync over ssh, from the server to a folder of the relay. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { RELAY_ADDRESS, type LabServer } from '../../lab/servers.js';
import { sshArguments } from '../../lab/state.js';
import { startSshd } from '../../src/ssh/testing/sshd.js';

/** On the server, in memory: the tree that is copied stays as it is. */
const SERVER_FOLDER = '/run/fleetlift-bench';

export interface HandRun {
  /** Copies the server's root filesystem into a new folder; seconds that rsync took. */
  seconds(): Promise<number>;
  dispose(): Promise<void>;
}

/**
 * @param folder - Holds the copies, on the disk that the replica will be on too.
 * @param excludes - As rsync takes them.
 */
export async function prepareHandRun(
  labState: string,
  server: LabServer,
  folder: string,
  excludes: readonly string[],
): Promise<HandRun> {
  const sshd = await startSshd({ settings: [`ListenAddress ${RELAY_ADDRESS}`] });
  const login = sshArguments(labState, server);
  const onServer = async (command: string): Promise<string> =>
    (await execa('ssh', [...login, command])).stdout;
  await onServer(
    `rm -rf ${SERVER_FOLDER} && mkdir ${SERVER_FOLDER} && ssh-keygen -q -t ed25519 -N '' -f ${SERVER_FOLDER}/key`,
  );
  await sshd.authorize(await onServer(`cat ${SERVER_FOLDER}/key.pub`));
  const known = `[${RELAY_ADDRESS}]:${sshd.port} ${sshd.hostKeys.ed25519}`;
  await execa('ssh', [...login, `cat >${SERVER_FOLDER}/known_hosts`], { input: `${known}\n` });
  const ssh = `ssh -i ${SERVER_FOLDER}/key -p ${sshd.port} -o BatchMode=yes -o UserKnownHostsFile=${SERVER_FOLDER}/known_hosts`;
  return {
    async seconds() {
      const target = await mkdtemp(join(folder, 'copy-'));
      const words = ['rsync', '-aHAXS', '--zc=zstd', '--zl=3', '-x', '--numeric-ids'];
      const rules = excludes.map((rule) => `--exclude=${rule}`);
      const command = [...words, ...rules, '-e', `'${ssh}'`, '/', `root@${RELAY_ADDRESS}:${target}/`].join(
        ' ',
      );
      const startedMs = performance.now();
      await onServer(command);
      const seconds = (performance.now() - startedMs) / 1000;
      await rm(target, { recursive: true });
      return seconds;
    },
    async dispose() {
      await onServer(`rm -rf ${SERVER_FOLDER}`);
      await sshd.stop();
    },
  };
}
