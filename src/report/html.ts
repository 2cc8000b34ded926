import { formatBytes, formatElapsed, formatRate } from '../console/units.js';
import type { ImageChange, MigrationResult, ServerResult } from '../model/job.js';

/** Changes listed per server; a report of thousands helps nobody, the number of the rest is told. */
const CHANGES_LISTED = 500;

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

function serverSection(server: ServerResult): string {
  return `<section id="${escape(anchor(server))}">
<h2>${escape(server.name)} ${statusCell(server)}</h2>
<p>${escape(server.job)}, wave ${escape(server.wave)}${span(server)}</p>
${errorPart(server)}${part('Remarks', list(server.remarks ?? []))}${part('Timeline', timeline(server))}${part('Images', images(server))}${part('Data', data(server))}${part('Boots', boots(server))}${part('Checks in the booted image', commands(server))}${part('Preflight', findings(server))}${part('What the image step changed', changes(server.changes ?? []))}</section>`;
}

function errorPart({ error }: ServerResult): string {
  if (error === null) return '';
  return `<p class="bad">${escape(error.code)} at ${escape(error.step)}: ${escape(error.message)}</p>
<p>Remedy: <code>${escape(error.remedy)}</code></p>
`;
}

function timeline({ times = [] }: ServerResult): string {
  return table(
    ['step', 'began', 'took', 'outcome'],
    times.map(({ step, startedAt, seconds, outcome }) => [
      escape(step),
      escape(startedAt),
      formatElapsed(seconds),
      outcome === 'done' ? 'done' : '<span class="bad">failed</span>',
    ]),
  );
}

function images(server: ServerResult): string {
  return table(
    ['disk', 'relay', 'file', 'size', 'of', 'sha256'],
    server.images.map((image) => [
      escape(image.disk),
      escape(image.relay),
      `<code>${escape(image.path)}</code>`,
      `${formatBytes(image.fileBytes)} ${escape(image.format)}`,
      formatBytes(image.virtualBytes),
      `<code>${escape(image.sha256)}</code>`,
    ]),
  );
}

function data({ sync, verify }: ServerResult): string {
  const lines: string[] = [];
  if (sync !== null) {
    lines.push(
      `${formatBytes(sync.logicalBytes)} of files in ${sync.passes} pass${sync.passes === 1 ? '' : 'es'}, ${formatBytes(sync.wireBytes)} over the wire, ${formatElapsed(sync.seconds)}`,
    );
  }
  const checksum = verify?.checksum ?? null;
  if (checksum !== null) {
    lines.push(
      `Compared by checksum: ${checksum.files} files, ${checksum.differences} differences, ${checksum.changedMeanwhile} changed by the source meanwhile`,
    );
  }
  return list(lines);
}

function boots({ verify }: ServerResult): string {
  return table(
    ['firmware', 'outcome', 'seconds', 'screenshot', 'serial log'],
    (verify?.boot ?? []).map(({ firmware, booted, seconds, screenshot, log }) => [
      firmware,
      booted ? '<span class="good">booted</span>' : '<span class="bad">did not boot</span>',
      seconds.toFixed(1),
      `<code>${escape(screenshot)}</code>`,
      `<code>${escape(log)}</code>`,
    ]),
  );
}

function commands({ verify }: ServerResult): string {
  return table(
    ['command', 'exit', 'output'],
    (verify?.commands ?? []).map(({ command, exitCode, output }) => [
      `<code>${escape(command)}</code>`,
      exitCode === 0 ? '0' : `<span class="bad">${exitCode}</span>`,
      `<code>${escape(output ?? '')}</code>`,
    ]),
  );
}

function findings(server: ServerResult): string {
  return table(
    ['severity', 'code', 'finding', 'remedy'],
    (server.findings ?? []).map(({ severity, code, message, remedy }) => [
      severity === 'blocking' ? '<span class="bad">blocking</span>' : severity,
      escape(code),
      escape(message),
      escape(remedy),
    ]),
  );
}

function changes(all: readonly ImageChange[]): string {
  const rest = all.length - CHANGES_LISTED;
  const rows = all
    .slice(0, CHANGES_LISTED)
    .map(({ disk, path, change, what, reason }) => [
      escape(disk),
      `<code>${escape(path)}</code>`,
      change,
      escape(what),
      escape(reason),
    ]);
  return (
    table(['disk', 'path', 'change', 'what', 'why'], rows) + (rest > 0 ? `<p>and ${rest} more</p>\n` : '')
  );
}

function part(title: string, content: string): string {
  return content === '' ? '' : `<h3>${title}</h3>\n${content}`;
}

/** Cells are HTML already. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const head = heads.map((text) => `<th>${text}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<table>\n<tr>${head}</tr>\n${body}\n</table>\n`;
}

function list(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>\n`;
}

function statusCell({ status, error }: ServerResult): string {
  const kind = error !== null ? 'bad' : status === 'Finished' ? 'good' : 'plain';
  return `<span class="${kind}">${escape(status)}</span>`;
}

function link(server: ServerResult): string {
  return `<a href="#${escape(encodeURIComponent(anchor(server)))}">${escape(server.name)}</a>`;
}

function anchor({ name }: ServerResult): string {
  return `server-${name}`;
}

function span({ startedAt, endedAt }: ServerResult): string {
  if (startedAt === undefined) return '';
  return escape(`, ${startedAt}${endedAt === undefined ? '' : ` to ${endedAt}`}`);
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

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
