import {
  FINAL_STATUSES,
  type CutoverResult,
  type ImageResult,
  type MigrationResult,
  type ServerResult,
} from '../model/job.js';
import { printable, renderTable, statusWord } from './text.js';
import { formatBytes, formatElapsed, formatRate, plural } from './units.js';

const SHA_SHOWN = 12;

/**
 * What a migration came to: a table, failures first with their remedy, the images and where they lie.
 * @param standstill - What waits, and for what.
 */
export function renderResult(result: MigrationResult, standstill: readonly string[] = []): string[] {
  const failed = result.servers.filter((server) => server.error !== null);
  const others = result.servers.filter((server) => server.error === null);
  const rows = others.map((server) => [
    `${server.status === 'Finished' ? '✓' : '-'} ${printable(server.name)}`,
    statusWord(server.status),
    syncText(server),
    bootText(server),
  ]);
  const images = others.flatMap((server) => server.images.map((image) => imageRow(server.name, image)));
  return [
    ...failed.flatMap(failureLines),
    ...renderTable(rows, { indent: ' ' }),
    ...others.flatMap(cutoverLines),
    ...skippedLines(result),
    ...standstill,
    ...(images.length === 0 ? [] : ['', 'images', ...renderTable(images, { indent: '  ' })]),
    '',
    summary(result),
  ];
}

/** A server that failed: what, why, and the commands to type next; nothing of one that has not. */
export function failureLines(server: ServerResult): string[] {
  const { error } = server;
  if (error === null) return [];
  const head = ` ✗ ${printable(server.name)}  ${statusWord(server.status)} at ${error.step}  ${error.code}`;
  const findings = (server.findings ?? []).filter(({ severity }) => severity === 'blocking');
  if (error.code === 'E-PREFLIGHT' && findings.length > 0) {
    const each = findings.flatMap(({ code, message, remedy }) => [
      `     ${code}  ${printable(message)}`,
      `       → ${printable(remedy)}`,
    ]);
    return [`${head}  ${plural(findings.length, 'finding')} in its way`, ...each, ...nextLine(server, '')];
  }
  const [first = '', ...more] = printable(error.message).split('\n');
  // What was given up has nothing left to mend.
  if (FINAL_STATUSES.includes(server.status)) return [`${head}  ${first}`, ...nextLine(server, '')];
  return [
    `${head}  ${first}`,
    ...more.map((line) => `     ${line}`),
    `     → ${printable(error.remedy)}`,
    ...nextLine(server, error.remedy),
  ];
}

/** The commands to type next, but for those that the remedy names. */
function nextLine(server: ServerResult, remedy: string): string[] {
  const { name, status, error } = server;
  if (status === 'Cancelled') return ['     → nothing of it is left; migrated again, it gets a new job'];
  if (status === 'Waiting') return [`     → ${waitingLine(server)}`];
  if (status !== 'InError') return [];
  // Before the sync nothing is kept on the relay, so there are no logs either.
  const hasLogs = error !== null && error.step !== 'preflight' && error.step !== 'import';
  const commands = [
    ...(hasLogs ? [`fleetlift logs ${printable(name)}`] : []),
    `fleetlift retry ${printable(name)}`,
  ].filter((command) => !remedy.includes(command));
  return commands.length === 0 ? [] : [`     → ${commands.join('; then: ')}`];
}

/** What an incremental server waits for, or what its cutover took. */
function cutoverLines(server: ServerResult): string[] {
  const { name, status, cutover } = server;
  if (status === 'Waiting') return [`   ${printable(name)}: ${waitingLine(server)}`];
  if (status !== 'Finished' || cutover === undefined) return [];
  return [`   ${printable(name)}: ${cutoverText(cutover)}`];
}

/** How what was left out is migrated after all; as long as its migration is open, it stays left out. */
function skippedLines({ outcome, servers }: MigrationResult): string[] {
  const skipped = servers.filter(({ status }) => status === 'Skipped').map(({ name }) => printable(name));
  if (outcome !== 'finished' || skipped.length === 0) return [];
  return [
    `   skipped servers stay so; to migrate them after all: fleetlift delete ${skipped.join(' ')}, then migrate again`,
  ];
}

function waitingLine({ name, sync }: ServerResult): string {
  const since = sync?.syncedAt === undefined ? '' : `its data is of ${sync.syncedAt}; `;
  return `${since}fleetlift cutover ${printable(name)}`;
}

/** What a cutover took, in one sentence. */
export function cutoverText({ startedAt, downSeconds, services }: CutoverResult): string {
  const began = `cut over at ${startedAt}`;
  if (downSeconds === null || services === null) return `${began}, no service was stopped`;
  return `${began}, services down for ${formatElapsed(downSeconds)} and ${services}`;
}

function syncText({ sync }: ServerResult): string {
  if (sync === null) return '';
  const rate = sync.seconds > 0 ? `, ${formatRate(sync.logicalBytes / sync.seconds)}` : '';
  return `${formatBytes(sync.logicalBytes)} in ${formatElapsed(sync.seconds)}${rate}`;
}

function bootText({ verify }: ServerResult): string {
  if (verify === null) return '';
  return verify.boot
    .map(
      ({ firmware, booted, seconds }) =>
        `${firmware} ${booted ? `booted in ${Math.round(seconds)} s` : 'did not boot'}`,
    )
    .join(', ');
}

function imageRow(server: string, image: ImageResult): string[] {
  return [
    `${printable(server)} ${image.disk}`,
    printable(image.path),
    formatBytes(image.fileBytes),
    `sha256 ${image.sha256.slice(0, SHA_SHOWN)}…`,
  ];
}

function summary({ migration, outcome, seconds, servers }: MigrationResult): string {
  const finished = servers.filter(({ status }) => status === 'Finished').length;
  const failed = servers.filter(({ error }) => error !== null).length;
  const parts = [`${finished} of ${plural(servers.length, 'server')} finished`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (outcome === 'waiting') parts.push('waiting for the operator');
  return `${migration}: ${parts.join(', ')} in ${formatElapsed(seconds)}`;
}
