import type { Severity } from '../model/job.js';
import type { DrillResult } from '../model/messages.js';
import { columns, printable, renderTable } from './text.js';
import { formatBytes, plural } from './units.js';

const MARK: Readonly<Record<Severity, string>> = { blocking: '✗', warning: '!', information: 'i' };
const RANK: Readonly<Record<Severity, number>> = { blocking: 0, warning: 1, information: 2 };

/**
 * The findings: what blocks first, then warnings; servers without either are only counted.
 * @param width columns of the terminal; where a row does not fit, every remedy gets a line of its own, uncut, since
 *   most are commands
 */
export function renderDrill(migration: string, waves: number, drill: DrillResult, width: number): string[] {
  const relays = drill.relays.map(relayText).join('; ');
  const rows = drill.servers
    .flatMap(({ name, findings }) => findings.map((finding) => ({ name, finding })))
    .filter(({ finding }) => finding.severity !== 'information')
    .sort((a, b) => RANK[a.finding.severity] - RANK[b.finding.severity]);
  const blocked = countWith(drill, 'blocking');
  const warned = drill.servers.filter((server) => !has(server, 'blocking') && has(server, 'warning')).length;
  const ready = drill.servers.length - blocked - warned;
  return [
    printable(
      `${migration}: ${plural(drill.servers.length, 'server')}, ${plural(waves, 'wave')}, ${plural(drill.relays.length, 'relay')} (${relays})`,
    ),
    '',
    ...renderFindings(
      rows.map(({ name, finding }) => [
        `${MARK[finding.severity]} ${printable(name)}`,
        finding.severity,
        finding.code,
        printable(finding.message),
        printable(drillAgain(finding.remedy)),
      ]),
      width,
    ),
    ...(ready > 0 ? [` ✓ ${plural(ready, 'server')} ready`] : []),
    '',
    verdict(blocked, warned),
  ];
}

function renderFindings(rows: readonly (readonly string[])[], width: number): string[] {
  const table = renderTable(rows, { indent: ' ' });
  if (table.every((line) => columns(line) <= width)) return table;
  const heads = renderTable(
    rows.map((row) => row.slice(0, -1)),
    { indent: ' ' },
  );
  return heads.flatMap((head, at) => [head, `     → ${rows[at]?.at(-1) ?? ''}`]);
}

/** After a drill there is no job to go on with. */
function drillAgain(remedy: string): string {
  return remedy.replace(/then: fleetlift retry \S+/, 'then drill again');
}

/** Whether a server cannot be migrated as it is. */
export function drillBlocks(drill: DrillResult): boolean {
  return countWith(drill, 'blocking') > 0;
}

function relayText({ name, freeBytes, neededBytes, error }: DrillResult['relays'][number]): string {
  if (error !== null) return `${name}: ${error}`;
  const free = freeBytes === null ? 'free space not known' : `${formatBytes(freeBytes)} free`;
  return `${name}: ${free}${neededBytes === null ? '' : `, ${formatBytes(neededBytes)} needed`}`;
}

function has({ findings }: DrillResult['servers'][number], severity: Severity): boolean {
  return findings.some((finding) => finding.severity === severity);
}

function countWith(drill: DrillResult, severity: Severity): number {
  return drill.servers.filter((server) => has(server, severity)).length;
}

function verdict(blocked: number, warned: number): string {
  const warnedText = blocked > 0 ? String(warned) : plural(warned, 'server');
  const parts = [
    ...(blocked > 0 ? [`${plural(blocked, 'server')} cannot be migrated`] : []),
    ...(warned > 0 ? [`${warnedText} ${warned === 1 ? 'wants' : 'want'} a look`] : []),
  ];
  const first = parts.length === 0 ? 'Every server can be migrated.' : `${parts.join(', ')}.`;
  return `${first} Nothing was changed on any server.`;
}
