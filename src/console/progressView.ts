import { lagSeconds, type Progress } from '../model/job.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { renderBar } from './bar.js';
import { printable, renderTable, clip, statusWord } from './text.js';
import { formatBytesOf, formatElapsed, formatEstimate, formatRate } from './units.js';
import { renderWaves } from './wavesView.js';

/** What is known of a running step beside the status of its server. */
export interface LiveStep {
  readonly progress: Progress | null;
  /** Since this step, or this detail of it, began; null: not known. */
  readonly elapsedSeconds: number | null;
}

export interface ViewOptions {
  readonly width: number;
  /** Lines at most; what does not fit is counted in one line. Failures come first. */
  readonly height: number;
  /** For the lag of what waits; default: now. */
  readonly nowMs?: number;
}

const BAR_WIDTH = 20;
/** On a narrow terminal the figures count more than the bar. */
const NARROW = 90;
const NARROW_BAR_WIDTH = 8;

/** The screen of a migration: waves rolled up, then the servers that want a look, then the sum. */
export function renderProgress(
  status: MigrationStatus,
  live: ReadonlyMap<string, LiveStep>,
  options: ViewOptions,
): string[] {
  const waves = renderWaves(status.waves, Math.max(1, Math.floor(options.height / 3)));
  const total = totalLine(status, live);
  const room = Math.max(1, options.height - waves.length - 1);
  const rows = interesting(status.servers);
  const shown = rows.length > room ? rows.slice(0, room - 1) : rows;
  const servers = renderTable(
    shown.map((server) => serverRow(server, live.get(server.name), options)),
    { width: options.width, indent: '  ' },
  );
  const hidden = rows.length - shown.length;
  return [
    ...waves.map((line) => clip(printable(line), options.width)),
    ...servers,
    ...(hidden > 0 ? [`    … and ${hidden} more`] : []),
    clip(total, options.width),
  ];
}

/** Failures first, then what waits for something it can name, then what runs. */
function interesting(servers: readonly ServerSummary[]): ServerSummary[] {
  const rank = (server: ServerSummary): number => {
    if (server.status === 'InError') return 0;
    if (server.status === 'Running') return 2;
    if (server.status === 'Waiting' || server.status === 'Stopped') return 1;
    return server.status === 'Queued' && server.reason !== null ? 3 : 9;
  };
  return servers
    .filter((server) => rank(server) < 9)
    .map((server, index) => ({ server, index }))
    .sort((a, b) => rank(a.server) - rank(b.server) || a.index - b.index)
    .map(({ server }) => server);
}

function serverRow(
  server: ServerSummary,
  live: LiveStep | undefined,
  { width, nowMs }: ViewOptions,
): string[] {
  const name = printable(server.name);
  const step = server.step ?? '';
  if (server.status === 'InError' && server.error !== null) {
    const message = printable(server.error.message.split('\n')[0] ?? '');
    return [
      `✗ ${name}`,
      server.error.step,
      `${server.error.code}  ${clip(message, 60)}   fleetlift retry ${name}`,
    ];
  }
  if (server.status !== 'Running') {
    const lag = lagSeconds(server, nowMs ?? Date.now());
    const behind = server.status === 'Waiting' && lag !== null ? `lag ${formatElapsed(lag)}  ` : '';
    return [`  ${name}`, statusWord(server.status), `${behind}${printable(server.reason ?? '')}`];
  }
  const progress = live?.progress ?? null;
  const seconds = live?.elapsedSeconds ?? null;
  const elapsed = seconds === null ? '' : formatElapsed(seconds);
  if (progress?.doneBytes !== undefined && progress.totalBytes !== undefined && progress.totalBytes > 0) {
    return [`  ${name}`, step, transferText(progress, progress.doneBytes, progress.totalBytes, width)];
  }
  const detail = printable(progress?.detail ?? server.reason ?? '');
  return [`  ${name}`, step, `${clip(detail, 44).padEnd(44)}  ${elapsed}`];
}

function transferText(progress: Progress, doneBytes: number, totalBytes: number, width: number): string {
  const ratio = Math.min(1, doneBytes / totalBytes);
  const percent = `${Math.floor(ratio * 100)}%`.padStart(4);
  const parts = [
    `${renderBar(ratio, width < NARROW ? NARROW_BAR_WIDTH : BAR_WIDTH)} ${percent}`,
    formatBytesOf(doneBytes, totalBytes),
  ];
  if (progress.bytesPerSecond !== undefined) parts.push(formatRate(progress.bytesPerSecond));
  if (progress.etaSeconds !== undefined) parts.push(`${formatEstimate(progress.etaSeconds)} left`);
  return parts.join('  ');
}

function totalLine(status: MigrationStatus, live: ReadonlyMap<string, LiveStep>): string {
  const count = (wanted: ServerSummary['status']): number =>
    status.servers.filter((server) => server.status === wanted).length;
  const running = [...live.values()].flatMap(({ progress }) => (progress === null ? [] : [progress]));
  const rate = running.reduce((sum, progress) => sum + (progress.bytesPerSecond ?? 0), 0);
  const longest = Math.max(0, ...running.map((progress) => progress.etaSeconds ?? 0));
  const parts = [`${count('Finished')} of ${status.servers.length} finished`];
  if (count('InError') > 0) parts.push(`${count('InError')} failed`);
  if (rate > 0) parts.push(formatRate(rate));
  if (longest > 0) parts.push(`these syncs about ${formatEstimate(longest)} left`);
  return parts.join(' · ');
}
