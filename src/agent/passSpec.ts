import type { PassFilesystem, PassSpec } from '../model/transfer.js';
import { ownExclude } from './folder.js';

/**
 * A pass as the agent reads it: `NAME BASE64` lines, each of which becomes a file of the pass. No value of the
 * inventory or of a source ever stands where a shell would read it.
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
    .join('');
}

function filesystemFiles({ id, read, excludes }: PassFilesystem): Record<string, string> {
  const own = ownExclude(read.kind === 'bind' ? read.mountpoint : null);
  const rules = own === null ? excludes : [own, ...excludes];
  return {
    [`${id}.method`]: read.kind,
    [`${id}.where`]: read.kind === 'bind' ? read.mountpoint : read.device,
    ...(read.kind === 'device' ? { [`${id}.type`]: read.type } : {}),
    [`${id}.excludes`]: rules.map((rule) => `${rule}\n`).join(''),
  };
}
