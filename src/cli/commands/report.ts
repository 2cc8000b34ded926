import { writeFileSync } from 'node:fs';
import { renderResult } from '../../console/resultView.js';
import type { MigrationResult } from '../../model/job.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { migrationResult } from '../migrationResult.js';
import type { CommandSpec } from '../spec.js';

interface ReportOptions {
  html?: string;
  csv?: string;
}

export const report: CommandSpec<ReportOptions> = {
  name: 'report',
  summary: 'report what was done, as text, HTML or CSV',
  description:
    'Out of the result files, which stay when Temporal has forgotten, and of what is still open. The HTML is one page that needs nothing else.',
  options: [
    { flags: '--html <file>', description: 'write the whole report as a page' },
    { flags: '--csv <file>', description: 'write a row per server' },
  ],
  examples: [
    { command: 'report', does: 'on the terminal' },
    { command: 'report --html dc1.html --csv dc1.csv', does: 'as files' },
    { command: 'report --migration dc1-exit', does: 'where there are several' },
  ],
  async run(context, _args, options): Promise<ExitCode> {
    const result = await migrationResult(context);
    const files = await write(context, result, options);
    if (files.length === 0) context.output.print(...renderResult(result));
    else context.output.print(...files.map((file) => `written: ${file}`));
    context.output.document(result);
    return EXIT.done;
  },
};

async function write(
  { output }: CommandContext,
  result: MigrationResult,
  { html, csv }: ReportOptions,
): Promise<string[]> {
  const files: string[] = [];
  if (html !== undefined) {
    const { renderHtml } = await import('../../report/html.js');
    writeFileSync(html, renderHtml(result, new Date()));
    files.push(html);
  }
  if (csv !== undefined) {
    const { renderCsv } = await import('../../report/csv.js');
    writeFileSync(csv, renderCsv(result));
    files.push(csv);
  }
  if (output.json) output.note(...files.map((file) => `written: ${file}`));
  return files;
}
