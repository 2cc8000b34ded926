import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SourceFacts } from '../../model/facts.js';
import type { Timing } from './clock.js';
import { parseFacts } from './parseFacts.js';

/** Raw evidence as fixtures keep it, so that a person can read it: text in the place of base64. */
export interface EvidenceText {
  readonly files: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, { readonly exit: number; readonly out: string }>>;
}

/** For tests: half a second after the fixtures' clocks, and a second on its way. */
export const TIMING: Timing = { sentAtMs: 1_795_475_400_000, receivedAtMs: 1_795_475_401_000 };

/** For tests: the evidence of test/fixtures/facts/evidence. */
export function recorded(name: string): EvidenceText {
  return JSON.parse(readFixture(`evidence/${name}`)) as EvidenceText;
}

/** For tests: what test/fixtures/facts says that the evidence means. */
export function recordedFacts(name: string): SourceFacts {
  return JSON.parse(readFixture(name)) as SourceFacts;
}

/** For tests: the agent's answer with this evidence in it. */
export function answerOf({ files, commands }: EvidenceText): string {
  return JSON.stringify({
    protocol: 1,
    files: mapValues(files, encode),
    commands: mapValues(commands, ({ exit, out }) => ({ exit, out: encode(out) })),
  });
}

/** For tests: the facts of an evidence with other files or outputs of commands; null: it is not there. */
export function factsWith(
  evidence: EvidenceText,
  files: Record<string, string | null>,
  outputs: Record<string, string | null> = {},
): SourceFacts {
  const commands = mapValues(outputs, (out) => ({ exit: out === null ? 127 : 0, out: out ?? '' }));
  const present = Object.entries({ ...evidence.files, ...files }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const changed = { files: Object.fromEntries(present), commands: { ...evidence.commands, ...commands } };
  return parseFacts(answerOf(changed), TIMING);
}

function readFixture(name: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../../../test/fixtures/facts/${name}.json`, import.meta.url)),
    'utf8',
  );
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
