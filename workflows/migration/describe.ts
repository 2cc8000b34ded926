import type { MigrationStatus, ServerSummary } from '../../src/model/messages.js';
import { mebibytes } from '../job/describe.js';
import { markdownTable, markdownText } from '../markdown.js';

/** Servers that the table of the Temporal UI lists at most. */
const LISTED = 50;

/** The current details of a migration in the Temporal UI, as Markdown: waves, then servers, failures first. */
export function describeFleet({ waves, servers }: MigrationStatus): string {
  const sorted = [...servers].sort((a, b) => rank(a) - rank(b));
  const more = sorted.length - LISTED;
  return [
    markdownTable(
      ['wave', 'state', 'finished', 'running', 'failed'],
      waves.map(({ name, state, finished, total, running, failed }) => [
        markdownText(name),
        state,
        `${String(finished)}/${String(total)}`,
        running,
        failed,
      ]),
    ),
    markdownTable(['server', 'status', 'step', 'data', 'boots', 'error'], sorted.slice(0, LISTED).map(cells)),
    ...(more > 0 ? [`and ${String(more)} more: \`fleetlift status\``] : []),
  ].join('\n\n');
}

/** Where a server stands in the table: what failed first, what is done last. */
function rank({ error, status }: ServerSummary): number {
  if (error !== null) return 0;
  return status === 'Finished' ? 2 : 1;
}

function cells({ name, status, step, sync, verify, error }: ServerSummary): string[] {
  const boots = (verify?.boot ?? []).filter(({ booted }) => booted).map(({ firmware }) => firmware);
  return [
    markdownText(name),
    status,
    step ?? '',
    // Nothing is counted before the first pass has ended.
    sync === null || sync.passes === 0 ? '' : mebibytes(sync.logicalBytes),
    boots.join(', '),
    error?.code ?? '',
  ];
}
