import { COMMANDS } from './commandTable.js';
import { EXIT_MEANING } from './exitCodes.js';
import { GLOBAL_OPTIONS } from './globals.js';
import type { CommandSpec, OptionSpec } from './spec.js';

/** docs/commands.md: every command, out of the same data as parser and help. */
export async function renderCommands(): Promise<string> {
  const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
  return [
    '# Commands',
    '',
    'Written by `node scripts/docs.mjs` out of `src/cli/commands`; `fleetlift COMMAND --help` tells the same.',
    '',
    ...specs.map(({ name, summary }) => `- [\`${name}\`](#${name}): ${summary}`),
    '',
    '## Every command',
    '',
    ...optionTable(Object.values(GLOBAL_OPTIONS)),
    '',
    '| exit status | means |',
    '| --- | --- |',
    ...Object.entries(EXIT_MEANING).map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    ...specs.flatMap((spec) => commandSection(spec, spec.name)),
    ...DOCUMENTS,
    '',
  ].join('\n');
}

function commandSection(spec: CommandSpec, path: string): string[] {
  const { summary, description, options = [], examples, exitCodes = [], subcommands = [] } = spec;
  const syntax = ['fleetlift', path, ...(spec.arguments ?? []).map((one) => one.syntax)].join(' ');
  const own = exitCodes.map((code) => `${code} (${EXIT_MEANING[code]})`);
  return [
    `${'#'.repeat(path.split(' ').length + 1)} ${path}`,
    '',
    `\`${syntax}\`: ${summary}.${description === undefined ? '' : ` ${description}`}`,
    ...(own.length === 0 ? [] : ['', `Exit status beside 0, 1 and 2: ${own.join(', ')}.`]),
    '',
    ...((spec.arguments ?? []).length + options.length === 0
      ? []
      : [...optionTable([...(spec.arguments ?? []).map(asOption), ...options]), '']),
    '```sh',
    ...examples.map(({ command, does }) => `fleetlift ${command}    # ${does}`),
    '```',
    '',
    ...subcommands.flatMap((sub) => commandSection(sub, `${path} ${sub.name}`)),
  ];
}

type Row = Pick<OptionSpec, 'flags' | 'description' | 'mandatory'>;

function asOption({ syntax, description }: { syntax: string; description: string }): Row {
  return { flags: syntax, description };
}

function optionTable(options: readonly Row[]): string[] {
  const rows = options.map(({ flags, description, mandatory }) =>
    [`\`${flags}\``, `${description}${mandatory === true ? '; must be given' : ''}`]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return ['| option | what it does |', '| --- | --- |', ...rows.map((row) => `| ${row} |`)];
}

const DOCUMENTS = [
  '## What `--json` prints',
  '',
  'One document on stdout; logs and progress go to stderr. `migrate --json` ends with this, and `status --json` and',
  '`report --json` have the same servers (`status` with `phase`, `reason` and `progress` besides):',
  '',
  '```json',
  '{',
  '  "migration": "dc1-exit",',
  '  "outcome": "finished",',
  '  "seconds": 0,',
  '  "servers": [',
  '    {',
  '      "name": "web1",',
  '      "wave": "canary",',
  '      "job": "job/dc1-exit/web1/1",',
  '      "status": "Finished",',
  '      "step": "verify",',
  '      "attempts": 1,',
  '      "sync": { "passes": 1, "logicalBytes": 0, "wireBytes": 0, "seconds": 0 },',
  '      "images": [',
  '        { "disk": "system", "relay": "local", "path": "…", "format": "qcow2", "virtualBytes": 0, "fileBytes": 0, "sha256": "…" }',
  '      ],',
  '      "verify": {',
  '        "checksum": { "files": 0, "differences": 0, "changedMeanwhile": 0 },',
  '        "boot": [{ "firmware": "bios", "booted": true, "seconds": 0, "screenshot": "…", "log": "…" }],',
  '        "commands": [{ "command": "…", "exitCode": 0 }]',
  '      },',
  '      "error": null',
  '    }',
  '  ]',
  '}',
  '```',
  '',
  '`outcome`: `finished`, `failed` or `waiting` (for the operator). `logicalBytes`: allocated bytes of the files sent.',
  '`wireBytes`: counted on the relay. `error`: `{"code": "E-…", "step": "…", "message": "…", "remedy": "…", "retryable": true}`,',
  'by the codes of [errors](errors.md). A command that fails prints `{"error": …}` alone, without a `step`.',
];
