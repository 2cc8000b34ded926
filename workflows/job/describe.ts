import type { ServerSummary } from '../../src/model/messages.js';
import { markdownTable, markdownText } from '../markdown.js';

/** The current details of a job in the Temporal UI, as Markdown: where it stands, what it needs, what it has done. */
export function describeJob({
  name,
  wave,
  status,
  step,
  error,
  reason,
  sync,
  images,
  verify,
  cutover,
}: ServerSummary): string {
  const facts: [string, string][] = [];
  if (sync?.passes === 0) {
    // What runs is counted at its end; until then its heartbeat has it.
    facts.push(['data', 'the first pass runs: its bytes and rate are told under Pending Activities']);
  } else if (sync !== null) {
    const passes = `${String(sync.passes)} pass${sync.passes === 1 ? '' : 'es'}`;
    const rate = sync.seconds > 0 ? `, ${mebibytes(sync.logicalBytes / sync.seconds)}/s` : '';
    facts.push([
      'data',
      `${mebibytes(sync.logicalBytes)} in ${passes}, ${mebibytes(sync.wireBytes)} over the wire${rate}`,
    ]);
  }
  const checksum = verify?.checksum ?? null;
  if (checksum !== null) {
    facts.push(['checksum', `${String(checksum.files)} files, ${String(checksum.differences)} differences`]);
  }
  for (const { firmware, booted, seconds } of verify?.boot ?? []) {
    facts.push([`boot ${firmware}`, `${booted ? 'booted' : 'did not boot'}, ${seconds.toFixed(0)} s`]);
  }
  for (const { disk, relay, path } of images) facts.push([`image ${disk}`, `\`${path}\` on relay ${relay}`]);
  const downSeconds = cutover?.downSeconds ?? null;
  if (downSeconds !== null) facts.push(['services down', `${downSeconds.toFixed(0)} s`]);
  return [
    `**${name}** (wave ${wave}): ${status}${step === null ? '' : `, ${step}`}`,
    ...(error === null
      ? []
      : [
          `**${error.code}** ${markdownText(error.message)}`,
          `Remedy: ${markdownText(error.remedy)}`,
          `\`fleetlift retry ${name}\``,
        ]),
    ...(reason === null ? [] : [markdownText(reason)]),
    ...(facts.length === 0 ? [] : [markdownTable(['', ''], facts)]),
  ].join('\n\n');
}

/** Bytes in whole mebibytes, with their unit. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
