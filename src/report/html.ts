import { formatBytes, formatElapsed, formatRate } from '../console/units.js';
import type { MigrationResult, ServerResult } from '../model/job.js';
import { escape, part, prose, table } from './markup.js';
import type { Screenshots } from './screenshots.js';
import { anchor, serverSection, statusCell } from './serverSection.js';
import { STYLE } from './style.js';

/** With more servers than this, only those with an error are open at first. */
const OPEN_SERVERS = 10;

/**
 * A migration's report as one page that needs nothing else: no script, no other file, so that it can be mailed and
 * kept. Everything in it that came from a server or an operator is escaped.
 */
export function renderHtml(result: MigrationResult, now: Date, screenshots: Screenshots = new Map()): string {
  const servers = [...result.servers].sort((a, b) => Number(b.error !== null) - Number(a.error !== null));
  const isOpen = ({ error }: ServerResult): boolean => error !== null || servers.length <= OPEN_SERVERS;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(result.migration)}: migration report</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(result.migration)}</h1>
<p>${escape(summary(result))}. <span class="faint">Written ${escape(now.toISOString())}.</span></p>
${tiles(result)}
${part('What needs you', failures(servers), 'h2')}${part('Waves', waves(result.servers), 'h2')}${part('Servers', fleet(servers), 'h2')}
${servers.map((server) => serverSection(server, screenshots, isOpen(server))).join('\n')}
</body>
</html>
`;
}

function summary({ outcome, seconds, servers }: MigrationResult): string {
  const finished = servers.filter(({ status }) => status === 'Finished').length;
  return `${outcome}: ${finished} of ${servers.length} servers finished in ${formatElapsed(seconds)}`;
}

/** The whole fleet in a few numbers. */
function tiles({ servers, seconds }: MigrationResult): string {
  const sum = (of: (server: ServerResult) => number): number =>
    servers.reduce((total, server) => total + of(server), 0);
  const logicalBytes = sum(({ sync }) => sync?.logicalBytes ?? 0);
  const syncSeconds = sum(({ sync }) => sync?.seconds ?? 0);
  const boots = servers.flatMap(({ verify }) => verify?.boot ?? []);
  const facts: [string, string][] = [
    ['servers', String(servers.length)],
    ['finished', String(servers.filter(({ status }) => status === 'Finished').length)],
    ['with an error', String(servers.filter(({ error }) => error !== null).length)],
    ['of files', formatBytes(logicalBytes)],
    ['over the wire', formatBytes(sum(({ sync }) => sync?.wireBytes ?? 0))],
    ['each, while sending', syncSeconds > 0 ? formatRate(logicalBytes / syncSeconds) : '–'],
    ['boots passed', `${boots.filter(({ booted }) => booted).length} of ${boots.length}`],
    ['from start to end', formatElapsed(seconds)],
  ];
  return `<ul class="tiles">${facts.map(([what, figure]) => `<li><b>${escape(figure)}</b>${what}</li>`).join('')}</ul>`;
}

function failures(servers: readonly ServerResult[]): string {
  return table(
    ['server', 'step', 'code', 'what', 'remedy'],
    servers.flatMap((server) => {
      const { error } = server;
      if (error === null) return [];
      return [
        [
          link(server),
          escape(error.step),
          `<span class="bad">${escape(error.code)}</span>`,
          prose(escape(error.message)),
          prose(`<code>${escape(error.remedy)}</code>`),
        ],
      ];
    }),
  );
}

/** A row per wave, a column per status that occurs. */
function waves(servers: readonly ServerResult[]): string {
  const names = [...new Set(servers.map(({ wave }) => wave))];
  if (names.length < 2) return '';
  const statuses = [...new Set(servers.map(({ status }) => status))];
  return table(
    ['wave', ...statuses],
    names.map((name) => [
      escape(name),
      ...statuses.map((status) => {
        const count = servers.filter((server) => server.wave === name && server.status === status).length;
        return count === 0 ? '' : String(count);
      }),
    ]),
  );
}

function fleet(servers: readonly ServerResult[]): string {
  return table(
    ['server', 'wave', 'status', 'data', 'sync', 'checksum', 'boots', 'images'],
    servers.map((server) => [
      link(server),
      escape(server.wave),
      statusCell(server),
      server.sync === null ? '' : formatBytes(server.sync.logicalBytes),
      syncText(server),
      checksumText(server),
      bootText(server),
      String(server.images.length),
    ]),
  );
}

function link(server: ServerResult): string {
  return `<a href="#${escape(encodeURIComponent(anchor(server)))}">${escape(server.name)}</a>`;
}

function syncText({ sync }: ServerResult): string {
  if (sync === null) return '';
  const rate = sync.seconds > 0 ? `, ${formatRate(sync.logicalBytes / sync.seconds)}` : '';
  return `${formatElapsed(sync.seconds)}${rate}`;
}

function checksumText({ verify }: ServerResult): string {
  const checksum = verify?.checksum ?? null;
  if (checksum === null) return '';
  return checksum.differences === 0
    ? `${checksum.files} equal`
    : `<span class="bad">${checksum.differences} differ</span>`;
}

function bootText({ verify }: ServerResult): string {
  return (verify?.boot ?? [])
    .map(({ firmware, booted }) => `${firmware}: ${booted ? 'booted' : '<span class="bad">failed</span>'}`)
    .join(', ');
}
