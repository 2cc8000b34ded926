import { CATALOGUE, type ErrorCode } from './catalogue.js';

/** docs/errors.md: every code with its meaning and remedy, out of the one catalogue. */
export function renderErrors(): string {
  const codes = (Object.keys(CATALOGUE) as ErrorCode[]).sort();
  return [
    '# Errors and warnings',
    '',
    'Written by `node scripts/docs.mjs` out of `src/errors/catalogue.ts`: change it there.',
    '',
    'Every failure of fleetlift carries one of these codes, on the terminal, in `--json`, in reports and in metrics.',
    'What is repeated by itself waits for you only after `retry.maximumAttempts` failures without progress.',
    '',
    '## Errors',
    '',
    ...table(
      ['code', 'meaning', 'remedy', 'repeated by itself'],
      codes
        .filter((code) => code.startsWith('E-'))
        .map((code) => [...row(code), CATALOGUE[code].retryable ? 'yes' : 'no']),
    ),
    '',
    '## Warnings',
    '',
    'A warning stops nothing; it is told by `drill`, and kept in the report.',
    '',
    ...table(['code', 'meaning', 'remedy'], codes.filter((code) => code.startsWith('W-')).map(row)),
    '',
    '## Information',
    '',
    'Worth knowing before a migration; nothing has to be done.',
    '',
    ...table(['code', 'meaning', 'remedy'], codes.filter((code) => code.startsWith('I-')).map(row)),
    '',
  ].join('\n');
}

function row(code: ErrorCode): string[] {
  const { meaning, remedy } = CATALOGUE[code];
  return [`\`${code}\``, meaning, remedy];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`,
  );
}
