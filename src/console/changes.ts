import type { Progress } from '../model/job.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { printable, statusWord } from './text.js';
import { formatBytesOf, formatRate } from './units.js';

/** A quarter of the bytes is worth a line. */
const PERCENT_STEP = 25;

/** What was last said of each server, so that only changes make a line. */
export class ChangeLines {
  private readonly said = new Map<string, string>();

  /** The lines for what is new since the last call; for logs and pipes, where nothing can be repainted. */
  next(status: MigrationStatus, progress: ReadonlyMap<string, Progress>): string[] {
    const lines: string[] = [];
    for (const server of status.servers) {
      const state = describe(server, progress.get(server.name));
      if (state === null || this.said.get(server.name) === state.key) continue;
      this.said.set(server.name, state.key);
      lines.push(printable(`${server.name}  ${state.text}`));
    }
    for (const wave of status.waves) {
      const key = `${wave.state} ${wave.reason ?? ''}`;
      if (this.said.get(`wave ${wave.name}`) === key) continue;
      this.said.set(`wave ${wave.name}`, key);
      if (wave.state !== 'pending') {
        lines.push(
          printable(`wave ${wave.name}  ${wave.state}${wave.reason === null ? '' : `: ${wave.reason}`}`),
        );
      }
    }
    return lines;
  }
}

function describe(
  server: ServerSummary,
  progress: Progress | undefined,
): { key: string; text: string } | null {
  if (server.status === 'Queued' && server.reason === null) return null;
  if (server.status === 'InError' && server.error !== null) {
    const { code, step, message } = server.error;
    return {
      key: `error ${code} ${server.attempts}`,
      text: `${step}  ${code}  ${message.split('\n')[0] ?? ''}   fleetlift retry ${server.name}`,
    };
  }
  if (server.status !== 'Running') {
    const reason = server.reason === null ? '' : `: ${server.reason}`;
    return { key: server.status + reason, text: statusWord(server.status) + reason };
  }
  const step = server.step ?? 'starting';
  const detail = progress?.detail ?? '';
  if (progress?.doneBytes !== undefined && progress.totalBytes !== undefined && progress.totalBytes > 0) {
    const percent = Math.floor((100 * progress.doneBytes) / progress.totalBytes);
    const rate = progress.bytesPerSecond === undefined ? '' : `  ${formatRate(progress.bytesPerSecond)}`;
    return {
      key: `${step} ${detail} ${Math.floor(percent / PERCENT_STEP)}`,
      text: `${step}  ${detail}  ${percent}%  ${formatBytesOf(progress.doneBytes, progress.totalBytes)}${rate}`,
    };
  }
  return { key: `${step} ${detail}`, text: detail === '' ? step : `${step}  ${detail}` };
}
