import { agentOutputError } from './agentOutput.js';
import { capped } from './values.js';

/** One line of `/proc/self/mountinfo` (proc(5)). */
export interface MountRow {
  readonly id: string;
  /** Path inside the filesystem that is mounted here. */
  readonly root: string;
  readonly mountpoint: string;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Of the whole filesystem, e.g. `subvol=/@home`. */
  readonly superOptions: readonly string[];
}

/** A container host has many, but not more than this. */
const MAX_MOUNTS = 20_000;

/** The mounts that can be seen: of several on one mountpoint, the last one. */
export function parseMountinfo(text: string): readonly MountRow[] {
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseRow);
  capped(rows, MAX_MOUNTS, 'mounts');
  const onTop = new Map(rows.map((row) => [row.mountpoint, row]));
  return rows.filter((row) => onTop.get(row.mountpoint) === row);
}

function parseRow(line: string): MountRow {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [id, , , root, mountpoint, options] = fields;
  const [type, source, superOptions] = dash === -1 ? [] : fields.slice(dash + 1);
  if (id === undefined || root === undefined || mountpoint === undefined || options === undefined) {
    throw agentOutputError(`not a line of mountinfo: ${JSON.stringify(line.slice(0, 80))}`);
  }
  if (type === undefined || source === undefined) {
    throw agentOutputError(`not a line of mountinfo: ${JSON.stringify(line.slice(0, 80))}`);
  }
  return {
    id,
    root: unescape(root),
    mountpoint: unescape(mountpoint),
    options: options.split(','),
    type,
    source: unescape(source),
    superOptions: (superOptions ?? '').split(',').map(unescape),
  };
}

/** The kernel writes space, tab, newline, # and backslash as three octal digits. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  const latin = Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(latin, 'latin1').toString('utf8');
}
