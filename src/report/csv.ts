import type { MigrationResult, ServerResult } from '../model/job.js';

type Cell = string | number | null;

/** Columns of the CSV report, a row per server. */
const COLUMNS: readonly (readonly [name: string, value: (server: ServerResult) => Cell])[] = [
  ['server', ({ name }) => name],
  ['wave', ({ wave }) => wave],
  ['job', ({ job }) => job],
  ['status', ({ status }) => status],
  ['step', ({ step }) => step],
  ['attempts', ({ attempts }) => attempts],
  ['started', ({ startedAt }) => startedAt ?? null],
  ['ended', ({ endedAt }) => endedAt ?? null],
  ['passes', ({ sync }) => sync?.passes ?? null],
  ['logical_bytes', ({ sync }) => sync?.logicalBytes ?? null],
  ['wire_bytes', ({ sync }) => sync?.wireBytes ?? null],
  ['sync_seconds', ({ sync }) => sync?.seconds ?? null],
  ['checksum_files', ({ verify }) => verify?.checksum?.files ?? null],
  ['checksum_differences', ({ verify }) => verify?.checksum?.differences ?? null],
  ['bios_boot', (server) => boot(server, 'bios')],
  ['uefi_boot', (server) => boot(server, 'uefi')],
  ['images', ({ images }) => images.map(({ path }) => path).join(' ')],
  ['sha256', ({ images }) => images.map(({ sha256 }) => sha256).join(' ')],
  ['error', ({ error }) => error?.code ?? null],
  ['message', ({ error }) => error?.message ?? null],
];

/** The report as CSV (RFC 4180), for spreadsheets. */
export function renderCsv(result: MigrationResult): string {
  const rows: Cell[][] = [
    COLUMNS.map(([name]) => name),
    ...result.servers.map((server) => COLUMNS.map(([, value]) => value(server))),
  ];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function boot({ verify }: ServerResult, wanted: 'bios' | 'uefi'): string | null {
  const found = verify?.boot.find(({ firmware }) => firmware === wanted);
  if (found === undefined) return null;
  return found.booted ? 'booted' : 'failed';
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet would run what looks like a formula; a server's message must not be able to.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
