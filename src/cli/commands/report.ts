import { renderResult } from '../../console/resultView.js';
import type { MigrationResult } from '../../model/job.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { migrationResult } from '../migrationResult.js';
import { writeEvidence, type BundleOptions } from '../report/bundle.js';
import { verify } from '../report/verify.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';
import { writeOutput } from '../writeOutput.js';

interface ReportOptions extends BundleOptions {
  html?: string;
  csv?: string;
  bundle?: string;
}

export const report: CommandSpec<ReportOptions> = {
  name: 'report',
  summary: 'report what was done, also as signed evidence',
  description:
    'Out of the result files, which stay when Temporal has forgotten, and of what is still open. The HTML is one page that needs nothing else. A bundle is made of what the relay on this machine keeps, and asks nobody.',
  options: [
    { flags: '--html <file>', description: 'write the whole report as a page' },
    { flags: '--csv <file>', description: 'write a row per server' },
    { flags: '--bundle <file>', description: 'write the evidence of every server, signed (.tar.zst)' },
    {
      flags: '--server <name>',
      description: 'with --bundle: only of this server; may be repeated',
      repeatable: true,
    },
    { flags: '--relay-dir <dir>', description: 'with --bundle: folder of the relay, where it is another' },
  ],
  examples: [
    { command: 'report', does: 'on the terminal' },
    { command: 'report --html dc1.html --csv dc1.csv', does: 'as files' },
    { command: 'report --migration dc1-exit', does: 'where there are several' },
    { command: 'report --bundle web1.tar.zst --server web1', does: 'the evidence of one server' },
    { command: 'report verify web1.tar.zst', does: 'whether it is as it was signed' },
  ],
  subcommands: [verify],
  async run(context, _args, options): Promise<ExitCode> {
    if (options.bundle !== undefined) return bundle(context, options.bundle, options);
    if (options.server !== undefined || options.relayDir !== undefined) {
      throw usageError('--server and --relay-dir belong to --bundle', 'fleetlift report --help');
    }
    const result = await migrationResult(context);
    const files = await write(context, result, options);
    if (files.length === 0) context.output.print(...renderResult(result));
    else context.output.print(...files.map((file) => `written: ${file}`));
    context.output.document(result);
    return EXIT.done;
  },
};

/** By itself: the page and the rows are made of the orchestrator's files, which a relay does not have. */
async function bundle(context: CommandContext, file: string, options: ReportOptions): Promise<ExitCode> {
  if (options.html !== undefined || options.csv !== undefined) {
    throw usageError('--bundle is given by itself, without --html and --csv', 'fleetlift report --help');
  }
  const written = await writeEvidence(context, file, options);
  context.output.print(
    `written: ${written.file} (${written.servers.join(', ')})`,
    `sha256: ${written.sha256}`,
    `signed by ${written.signer}`,
  );
  context.output.document(written);
  return EXIT.done;
}

async function write(
  context: CommandContext,
  result: MigrationResult,
  { html, csv }: ReportOptions,
): Promise<string[]> {
  const { output } = context;
  const files: string[] = [];
  if (html !== undefined) {
    const [{ renderHtml }, { screenshotsOf }] = await Promise.all([
      import('../../report/html.js'),
      import('../report/screenshots.js'),
    ]);
    writeOutput(html, renderHtml(result, new Date(), await screenshotsOf(context, result)));
    files.push(html);
  }
  if (csv !== undefined) {
    const { renderCsv } = await import('../../report/csv.js');
    writeOutput(csv, renderCsv(result));
    files.push(csv);
  }
  if (output.json) output.note(...files.map((file) => `written: ${file}`));
  return files;
}
