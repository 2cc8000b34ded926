import { formatBytes, formatElapsed, formatRate } from '../console/units.js';
import type { MigrationResult, ServerResult } from '../model/job.js';
import { escape, table } from './markup.js';
import { anchor, serverSection, statusCell } from './serverSection.js';

/**
 * A migration's report as one page that needs nothing else: no script, no other file, so that it can be mailed and
 * kept. Everything in it that came from a server or an operator is escaped.
 */
export function renderHtml(result: MigrationResult, now: Date): string {
  const servers = [...result.servers].sort((a, b) => Number(b.error !== null) - Number(a.error !== null));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escape(result.migration)}: migration report</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(result.migration)}</h1>
<p>${escape(summary(result))}. Written ${escape(now.toISOString())}.</p>
${table(
  ['server', 'wave', 'status', 'data', 'sync', 'boots', 'images'],
  servers.map((server) => [
    link(server),
    escape(server.wave),
    statusCell(server),
    server.sync === null ? '' : formatBytes(server.sync.logicalBytes),
    syncText(server),
    bootText(server),
    String(server.images.length),
  ]),
)}
${servers.map(serverSection).join('\n')}
</body>
</html>
`;
}

const STYLE = `
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;margin:.5rem 0 1.2rem}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #d8dee4;vertical-align:top}
code,td.path{font-family:ui-monospace,monospace;font-size:13px;overflow-wrap:anywhere}
h2{margin-top:2.5rem;border-top:2px solid #1b1f24;padding-top:.6rem}
.bad{color:#a40e26;font-weight:600}.good{color:#116329}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#dfe3e8}th,td{border-color:#3a4048}h2{border-color:#dfe3e8}.bad{color:#ff8182}.good{color:#6fdd8b}a{color:#79b8ff}}
`;

function link(server: ServerResult): string {
  return `<a href="#${escape(encodeURIComponent(anchor(server)))}">${escape(server.name)}</a>`;
}

function syncText({ sync }: ServerResult): string {
  if (sync === null) return '';
  const rate = sync.seconds > 0 ? `, ${formatRate(sync.logicalBytes / sync.seconds)}` : '';
  return `${formatElapsed(sync.seconds)}${rate}`;
}

function bootText({ verify }: ServerResult): string {
  return (verify?.boot ?? [])
    .map(({ firmware, booted }) => `${firmware}: ${booted ? 'booted' : 'failed'}`)
    .join(', ');
}

function summary({ outcome, seconds, servers }: MigrationResult): string {
  const finished = servers.filter(({ status }) => status === 'Finished').length;
  return `${outcome}: ${finished} of ${servers.length} servers finished in ${formatElapsed(seconds)}`;
}
