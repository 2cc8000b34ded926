import type { MigrationStatus } from '../../src/model/messages.js';

/** Servers that the table of the Temporal UI lists at most. */
const LISTED = 50;

/** The current details of a migration in the Temporal UI, as Markdown: waves, then servers, failures first. */
export function describeFleet(status: MigrationStatus): string {
  const waves = status.waves.map(
    (wave) =>
      `| ${wave.name} | ${wave.state} | ${String(wave.finished)}/${String(wave.total)} | ${String(wave.running)} | ${String(wave.failed)} |`,
  );
  const failed = status.servers.filter((server) => server.error !== null);
  const others = status.servers.filter((server) => server.error === null && server.status !== 'Finished');
  const servers = [...failed, ...others]
    .slice(0, LISTED)
    .map(
      (server) =>
        `| ${server.name} | ${server.status} | ${server.step ?? ''} | ${server.error?.code ?? ''} |`,
    );
  return [
    '| wave | state | finished | running | failed |\n|---|---|---|---|---|',
    ...waves,
    ...(servers.length === 0
      ? []
      : ['', '| server | status | step | error |\n|---|---|---|---|', ...servers]),
  ].join('\n');
}
