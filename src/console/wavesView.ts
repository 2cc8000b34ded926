import type { WaveSummary } from '../model/messages.js';

/**
 * A line per wave. Where that is more lines than the room, neighbours that are all done, or all wait for their turn, are
 * told in one: nobody has to do anything about them.
 * @param room - lines
 */
export function renderWaves(waves: readonly WaveSummary[], room: number): string[] {
  const groups = waves.length > room ? groupQuiet(waves) : waves.map((wave) => [wave]);
  const rows = groups.map((group) => ({ name: nameOf(group), state: waveState(sumOf(group)) }));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(({ name, state }) => `${name.padEnd(width)}  ${state}`);
}

function groupQuiet(waves: readonly WaveSummary[]): WaveSummary[][] {
  const groups: WaveSummary[][] = [];
  for (const wave of waves) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && isQuiet(wave) && isQuiet(last[0]) && last[0].state === wave.state)
      last.push(wave);
    else groups.push([wave]);
  }
  return groups;
}

const isQuiet = ({ state, failed }: WaveSummary): boolean =>
  state === 'pending' || (state === 'done' && failed === 0);

function nameOf(group: readonly WaveSummary[]): string {
  const [first, last] = [group[0]?.name ?? '', group.at(-1)?.name ?? ''];
  return group.length === 1 ? `wave ${first}` : `${group.length} waves ${first} … ${last}`;
}

function sumOf(group: readonly WaveSummary[]): WaveSummary {
  return group.reduce((sum, wave) => ({
    ...sum,
    reason: sum.reason === wave.reason ? sum.reason : null,
    total: sum.total + wave.total,
    finished: sum.finished + wave.finished,
  }));
}

function waveState(wave: WaveSummary): string {
  const reason = wave.reason === null ? '' : `: ${wave.reason}`;
  switch (wave.state) {
    case 'done':
      return `${wave.finished}/${wave.total} finished${wave.failed > 0 ? `, ${wave.failed} failed` : ''}`;
    case 'pending':
      return `${wave.total} waiting for their turn${reason}`;
    case 'held':
      return `held${reason}`;
    case 'running': {
      const parts = [
        [wave.finished, 'finished'],
        [wave.running, 'running'],
        [wave.failed, 'failed'],
        [wave.queued, 'queued'],
      ] as const;
      return parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ') + reason;
    }
  }
}
