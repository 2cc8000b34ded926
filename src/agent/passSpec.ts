import type { PassFilesystem, PassSpec } from '../model/transfer.js';

/**
 * A pass as the agent reads it: `NAME BASE64` lines, each of which becomes a file of the pass, and a last line `end`,
 * without which the agent refuses it: the connection broke on the way. No value of the inventory or of a source ever
 * stands where a shell would read it. The agents' own folder and swap files are excluded by the agent, which alone
 * knows where inside a filesystem they lie.
 */
export function encodePassSpec(spec: PassSpec): string {
  const { receiver } = spec;
  const files: Record<string, string> = {
    kind: spec.kind,
    compression: spec.compression,
    address: receiver.address,
    port: String(receiver.port),
    user: receiver.user,
    module: receiver.module,
    hostkey: receiver.hostKey,
    filesystems: `${spec.filesystems.map(({ id }) => id).join('\n')}\n`,
  };
  for (const filesystem of spec.filesystems) Object.assign(files, filesystemFiles(filesystem));
  return Object.entries(files)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}\n`)
    .concat('end\n')
    .join('');
}

function filesystemFiles({ id, read, excludes }: PassFilesystem): Record<string, string> {
  return {
    [`${id}.method`]: read.kind,
    [`${id}.where`]: read.kind === 'bind' ? read.mountpoint : read.device,
    ...(read.kind === 'device' ? { [`${id}.type`]: read.type } : {}),
    [`${id}.excludes`]: excludes.map((rule) => `${rule}\n`).join(''),
  };
}
