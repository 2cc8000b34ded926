import type { PassFilesystem, PassSpec, ReadMethod } from '../model/transfer.js';
import { encodeSpec, idLines } from './spec.js';

/**
 * A pass as the agent reads it. The agents' own folder, their snapshots and swap files are excluded by the agent, which
 * alone knows where inside a filesystem they lie.
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
    filesystems: idLines(spec.filesystems.map(({ id }) => id)),
  };
  for (const filesystem of spec.filesystems) Object.assign(files, filesystemFiles(filesystem));
  return encodeSpec(files);
}

function filesystemFiles({ id, read, excludes }: PassFilesystem): Record<string, string> {
  return {
    [`${id}.method`]: read.kind,
    ...placeFiles(id, read),
    [`${id}.excludes`]: excludes.map((rule) => `${rule}\n`).join(''),
  };
}

/** The agent itself knows where its snapshots lie. */
function placeFiles(id: string, read: ReadMethod): Record<string, string> {
  switch (read.kind) {
    case 'bind':
      return { [`${id}.where`]: read.mountpoint };
    case 'device':
      return { [`${id}.where`]: read.device, [`${id}.type`]: read.type };
    case 'snapshot':
      return {};
  }
}
