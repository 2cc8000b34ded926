import { cutoverText } from '../console/resultView.js';
import { formatBytes, formatElapsed } from '../console/units.js';
import type { ImageChange, ServerResult } from '../model/job.js';
import { escape, list, part, prose, table } from './markup.js';
import type { Screenshots } from './screenshots.js';
import { timeline } from './timeline.js';

/** Changes listed per server; a report of thousands helps nobody, the number of the rest is told. */
const CHANGES_LISTED = 500;

/** All that is known of one server, as a section of the report that can be closed. */
export function serverSection(server: ServerResult, screenshots: Screenshots, open: boolean): string {
  const parts = [
    errorPart(server),
    part('Remarks', list(server.remarks ?? [])),
    part('Timeline', timeline(server.times ?? [])),
    part('Images', images(server)),
    part('Data', data(server)),
    part('Boots', boots(server) + pictures(server, screenshots)),
    part('Checks in the booted image', commands(server)),
    part('Preflight', findings(server)),
    part('What the image step changed', changes(server.changes ?? [])),
  ];
  // The anchor lies inside: a link to it opens what is closed.
  return `<details class="server"${open ? ' open' : ''}>
<summary>${escape(server.name)} ${statusCell(server)}</summary>
<div id="${escape(anchor(server))}">
<p class="faint">${escape(server.job)}, wave ${escape(server.wave)}${span(server)}</p>
${parts.join('')}</div>
</details>`;
}

function errorPart({ error }: ServerResult): string {
  if (error === null) return '';
  return `<p class="bad">${escape(error.code)} at ${escape(error.step)}: ${escape(error.message)}</p>
<p>Remedy: <code>${escape(error.remedy)}</code></p>
`;
}

function images(server: ServerResult): string {
  return table(
    ['disk', 'relay', 'file', 'size', 'of', 'sha256'],
    server.images.map((image) => [
      escape(image.disk),
      escape(image.relay),
      prose(`<code>${escape(image.path)}</code>`),
      `${formatBytes(image.fileBytes)} ${escape(image.format)}`,
      formatBytes(image.virtualBytes),
      prose(`<code>${escape(image.sha256)}</code>`),
    ]),
  );
}

function data({ sync, verify, cutover }: ServerResult): string {
  const lines: string[] = [];
  if (sync !== null) {
    lines.push(
      `${formatBytes(sync.logicalBytes)} of files in ${sync.passes} pass${sync.passes === 1 ? '' : 'es'}, ${formatBytes(sync.wireBytes)} over the wire, ${formatElapsed(sync.seconds)}`,
    );
  }
  if (cutover !== undefined) lines.push(escape(cutoverText(cutover)));
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
      prose(`<code>${escape(screenshot)}</code>`),
      prose(`<code>${escape(log)}</code>`),
    ]),
  );
}

/** What the screen showed when a boot ended; nothing for those that are not here. */
function pictures({ verify }: ServerResult, screenshots: Screenshots): string {
  return (verify?.boot ?? [])
    .map(({ firmware, screenshot }) => {
      const png = screenshots.get(screenshot);
      if (png === undefined) return '';
      const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
      return `<figure><img src="${source}" alt="screen of the ${firmware} boot" loading="lazy"><figcaption>${firmware}</figcaption></figure>`;
    })
    .join('');
}

function commands({ verify }: ServerResult): string {
  return table(
    ['command', 'exit', 'output'],
    (verify?.commands ?? []).map(({ command, exitCode, output }) => [
      prose(`<code>${escape(command)}</code>`),
      exitCode === 0 ? '0' : `<span class="bad">${exitCode}</span>`,
      prose(`<pre>${escape(output ?? '')}</pre>`),
    ]),
  );
}

function findings(server: ServerResult): string {
  return table(
    ['severity', 'code', 'finding', 'remedy'],
    (server.findings ?? []).map(({ severity, code, message, remedy }) => [
      severity === 'blocking' ? '<span class="bad">blocking</span>' : severity,
      escape(code),
      prose(escape(message)),
      prose(escape(remedy)),
    ]),
  );
}

function changes(all: readonly ImageChange[]): string {
  const rest = all.length - CHANGES_LISTED;
  const rows = all
    .slice(0, CHANGES_LISTED)
    .map(({ disk, path, change, what, reason }) => [
      escape(disk),
      prose(`<code>${escape(path)}</code>`),
      change,
      prose(escape(what)),
      prose(escape(reason)),
    ]);
  return (
    table(['disk', 'path', 'change', 'what', 'why'], rows) + (rest > 0 ? `<p>and ${rest} more</p>\n` : '')
  );
}

/** Colour carries nothing that the word does not. */
export function statusCell({ status, error }: ServerResult): string {
  const kind = error !== null ? 'bad' : status === 'Finished' ? 'good' : 'plain';
  return `<span class="${kind}">${escape(status)}</span>`;
}

/** Id of a server's section. */
export function anchor({ name }: ServerResult): string {
  return `server-${name}`;
}

function span({ startedAt, endedAt }: ServerResult): string {
  if (startedAt === undefined) return '';
  return escape(`, ${startedAt}${endedAt === undefined ? '' : ` to ${endedAt}`}`);
}
