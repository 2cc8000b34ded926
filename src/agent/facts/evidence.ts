import { z } from 'zod';
import { agentOutputError } from './agentOutput.js';
import { readable } from './values.js';

/** The agent stops at 2 MiB; more is not its answer. */
const MAX_RAW_LENGTH = 4 << 20;
const MAX_ENTRIES = 4096;
/** Exit of a command whose output the agent cut: it did not end, or was larger than 256 KiB. */
const CUT = 141;
/** What replica and passes are planned from: half of it would be believed to be all. */
const WHOLE_ONLY = /^(blocks|mounts|swaps|(blkid|statfs|dumpe2fs|xfs_info|btrfs-[a-z-]+) .*)$/;

const base64 = z
  .string()
  .max(400_000)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/);
const name = z.string().min(1).max(256);
const envelope = z.object({
  protocol: z.literal(1),
  files: z.record(name, base64),
  commands: z.record(name, z.object({ exit: z.number().int().min(0).max(255), out: base64 })),
});

export interface CommandEvidence {
  readonly exit: number;
  readonly out: string;
}

/** What the agent saw, decoded but not yet understood. */
export interface Evidence {
  /** Content of a file; null: it is not there, or could not be read. */
  readonly file: (path: string) => string | null;
  readonly bytes: (path: string) => Buffer | null;
  /** A command that did not run has exit 127 and no output. */
  readonly command: (name: string) => CommandEvidence;
  /** Output of a command that succeeded; null: it is not installed, or failed. */
  readonly output: (name: string) => string | null;
  /** Of all commands `PREFIX NAME`: NAME and output, where they succeeded. */
  readonly outputs: (prefix: string) => ReadonlyMap<string, string>;
}

/** Reads the agent's answer. @throws FleetliftError E-AGENT-OUTPUT */
export function readEvidence(raw: string): Evidence {
  if (raw.length > MAX_RAW_LENGTH)
    throw agentOutputError(`they are longer than ${MAX_RAW_LENGTH} characters`);
  const parsed = envelope.safeParse(parseJson(raw));
  if (!parsed.success) throw agentOutputError(z.prettifyError(parsed.error), parsed.error);
  const files = new Map(Object.entries(parsed.data.files));
  const commands = new Map(Object.entries(parsed.data.commands));
  if (files.size + commands.size > MAX_ENTRIES) throw agentOutputError(`more than ${MAX_ENTRIES} pieces`);
  const cut = [...commands].find(([key, { exit }]) => exit === CUT && WHOLE_ONLY.test(key));
  if (cut !== undefined)
    throw agentOutputError(`“${readable(cut[0], 256)}” prints without end, or more than 256 KiB`);

  const bytes = (path: string) => {
    const content = files.get(path);
    return content === undefined ? null : Buffer.from(content, 'base64');
  };
  const command = (key: string): CommandEvidence => {
    const found = commands.get(key);
    return found === undefined ? { exit: 127, out: '' } : { exit: found.exit, out: decode(found.out) };
  };
  const output = (key: string) => {
    const { exit, out } = command(key);
    return exit === 0 ? out : null;
  };
  const outputs = (prefix: string) =>
    new Map(
      [...commands.keys()]
        .filter((key) => key.startsWith(`${prefix} `))
        .flatMap((key) => {
          const out = output(key);
          return out === null ? [] : [[key.slice(prefix.length + 1), out] as const];
        }),
    );
  return { file: (path) => bytes(path)?.toString('utf8') ?? null, bytes, command, output, outputs };
}

/** Lines of a text, without empty ones. */
export function linesOf(text: string | null): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}

/** Lines that the agent took out of files, each with the last `file PATH` before it. */
export function linesByFile(text: string | null): { readonly file: string; readonly line: string }[] {
  let file = '';
  return linesOf(text).flatMap((line) => {
    const path = /^file (\/.*)$/.exec(line)?.[1];
    if (path === undefined) return [{ file, line }];
    file = readable(path, 4096);
    return [];
  });
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch (error) {
    throw agentOutputError('they are not JSON', error);
  }
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
