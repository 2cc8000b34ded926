import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { SourceFacts } from '../../model/facts.js';
import { parseFacts } from './parseFacts.js';
import { answerOf, recorded, TIMING, type EvidenceText } from './testing.js';

/** Nothing that a source says may occupy the orchestrator for longer; a sane answer takes a few milliseconds. */
const LONGEST_MS = 3_000;
/** A command's output is cut there by the agent. */
const OUTPUT_BYTES = 256 << 10;

const evidences = Object.fromEntries(
  ['boot-swap-xfs', 'btrfs-subvolumes', 'ext4-mbr', 'lvm-two-groups', 'raid1', 'uefi'].map((name) => [
    name,
    recorded(name),
  ]),
);

/** Places of pieces in an evidence: files and outputs of commands. */
const places = Object.entries(evidences).flatMap(([name, evidence]) =>
  (['files', 'commands'] as const).flatMap((kind) =>
    Object.keys(evidence[kind]).map((key) => ({ name, kind, key })),
  ),
);
const place = fc.constantFrom(...places);
type Place = (typeof places)[number];

/** Texts that cost a careless pattern the square of their length, and a careless table that of its rows: piece, content. */
const hostile: readonly (readonly [what: string, prefix: string, content: string])[] = [
  ['blanks behind a value of os-release', '/etc/os-release', `ID=${' '.repeat(OUTPUT_BYTES)}x`],
  ['an interface named by a hundred thousand @', 'addresses', `1: ${'@'.repeat(OUTPUT_BYTES)}`],
  ['an interface whose name does not end', 'ip-links', `1: ${'a'.repeat(OUTPUT_BYTES)}`],
  [
    'empty lines instead of compressions',
    'rsync',
    `rsync  version 3\nCompress list:${'\n'.repeat(OUTPUT_BYTES)}`,
  ],
  [
    'compressions in open brackets',
    'rsync',
    `rsync  version 3\nCompress list:\n  ${'('.repeat(OUTPUT_BYTES)}`,
  ],
  ['a feature of xfs whose name does not end', 'xfs_info', 'a'.repeat(OUTPUT_BYTES)],
  ['flags of btrfs that do not end', 'btrfs-super', 'incompat_flags\n('.repeat(OUTPUT_BYTES / 16)],
  ['checksums of btrfs that do not end', 'btrfs-super', 'csum_type 0 (\n'.repeat(OUTPUT_BYTES / 14)],
  ['a word of addresses', 'static', `file /a\n${'1:'.repeat(OUTPUT_BYTES / 2)}`],
  ['thousands of swaps', 'swaps', 'swap block 1 /\n'.repeat(OUTPUT_BYTES / 15)],
  ['swaps in every line of fstab', '/etc/fstab', 'a b swap\n'.repeat(OUTPUT_BYTES / 9)],
  ['hooks of an initramfs that do not end', 'initrd', '/devexists-'.repeat(OUTPUT_BYTES / 11)],
  ['a tower of devices', 'blocks', tower()],
];

/** Each of these devices lies on the next one, and all that is mounted on the first. */
function tower(): string {
  const devices = Array.from({ length: 8000 }, (_, at) => `d${String(at)}|8:1|1|||d${String(at + 1)}|||||`);
  return [
    'vda',
    'sda',
    'nvme0n1',
    'dm-0',
    'md0',
    'vda1',
    'vda2',
    'vda3',
    'vda4',
    'sda1',
    'sda2',
    'sda3',
    'vg-root',
  ]
    .map((name) => `${name}|8:1|1|||d0|||||`)
    .concat(devices)
    .join('\n');
}

/** Words that mean something to one parser or another. */
const words = fc.constantFrom(
  ...['\n', ' ', '\t', '|', ',', '=', '(', ')', '"', "'", '\\', '@', ':', '/', '/../', '..', '-', '\u0000'],
  ...['\\040', '\\012', '\\777', '0', '1', '-1', '1e99', '9999999999999999', '18446744073709551616', 'NaN'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'UUID=',
    'LABEL=',
    'TYPE=',
    'swap file 1 /',
    'ID 1 top level 5 path ',
  ],
  ...['\ud800', 'é', '\u202e', '\u001b[2J', '$(id)', '`id`', '; rm -rf /', '--rsh=sh', '%n', '${IFS}'],
);
const text = fc.oneof(
  fc.array(fc.oneof(words, fc.string({ maxLength: 8 })), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
);

describe('parseFacts', () => {
  it('makes facts or E-AGENT-OUTPUT of any text', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc
        .dictionary(fc.constantFrom('protocol', 'files', 'commands', '__proto__', 'toString'), fc.jsonValue())
        .map((value) => JSON.stringify({ protocol: 1, files: {}, commands: {}, ...value })),
    );
    fc.assert(
      fc.property(any, (raw) => {
        factsOf(raw);
      }),
      { numRuns: 1000 },
    );
  });

  it('makes sane facts or E-AGENT-OUTPUT where a piece of an answer is another text, or is gone', () => {
    const change = fc.record({ place, from: fc.nat(), length: fc.nat(40), text: fc.option(text) });
    fc.assert(
      fc.property(change, ({ place: one, from, length, text: put }) => {
        const whole = contentOf(one);
        const at = whole.length === 0 ? 0 : from % whole.length;
        const content = put === null ? null : whole.slice(0, at) + put + whole.slice(at + length);
        factsOf(answerOf(withContent(one, content)));
      }),
      { numRuns: 800 },
    );
  });

  it('takes keys that objects have by nature for what they are: unknown names', () => {
    for (const evidence of Object.values(evidences)) {
      const answer = JSON.parse(answerOf(evidence)) as { files: object; commands: object };
      const plain = factsOf(answerOf(evidence));
      const own = (value: object): string =>
        JSON.stringify(value).replace(/^\{/, '{"__proto__":"cG9sbHV0ZWQ=",');
      const command = (value: object): string =>
        JSON.stringify(value).replace(/^\{/, '{"__proto__":{"exit":0,"out":"cG9sbHV0ZWQ="},');
      const raw = `{"protocol":1,"__proto__":{"polluted":1},"files":${own(answer.files)},"commands":${command(answer.commands)}}`;
      expect(factsOf(raw)).toEqual(plain);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }
  });

  it('is soon done with the longest outputs that an agent passes on', () => {
    const repeated = fc.record({ place, from: fc.nat(), unit: fc.oneof(words, text) });
    fc.assert(
      fc.property(repeated, ({ place: one, from, unit }) => {
        const whole = contentOf(one);
        const head = whole.slice(0, whole.length === 0 ? 0 : from % (whole.length + 1));
        const bytes = Math.max(1, Buffer.byteLength(unit));
        const content = head + unit.repeat(Math.floor((OUTPUT_BYTES - Buffer.byteLength(head)) / bytes));
        factsOf(answerOf(withContent(one, content)));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it.each(hostile)('is soon done with %s', (_what, prefix, content) => {
    for (const one of places.filter(({ key }) => key.startsWith(prefix))) {
      factsOf(answerOf(withContent(one, content.slice(0, OUTPUT_BYTES))));
    }
  });
});

/** The facts, which are sane; null: E-AGENT-OUTPUT. Nothing else is thrown, and it does not take long. */
function factsOf(raw: string): SourceFacts | null {
  const startedMs = performance.now();
  try {
    const facts = parseFacts(raw, TIMING);
    expectSane(facts);
    return facts;
  } catch (error) {
    if (!(error instanceof FleetliftError) || error.code !== 'E-AGENT-OUTPUT') throw error;
    return null;
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS);
  }
}

/** What becomes a path, an option or a word of a command elsewhere is what it claims to be. */
function expectSane(facts: SourceFacts): void {
  for (const { id, disk, device, type, uuid, mounts, layers, features } of facts.filesystems) {
    expect(`${id} ${disk}`).toMatch(/^fs\d+ (system|disk\d+)$/);
    for (const path of [device, ...mounts.flatMap(({ mountpoint, root }) => [mountpoint, root])])
      expectPath(path);
    for (const word of [type, ...layers]) expect(word).toMatch(/^[A-Za-z0-9_.:+-]+$/);
    expect(uuid).toMatch(/^[A-Za-z0-9-]*$/);
    if (features.family === 'btrfs') {
      for (const { path } of features.subvolumes) expect(path.split('/')).not.toContain('..');
    }
  }
  for (const { path, uuid } of facts.swaps) {
    expectPath(path);
    expect(uuid).toMatch(/^[A-Za-z0-9-]*$/);
  }
  for (const { device } of facts.disks) expectPath(device);
  for (const { release } of facts.boot.kernels) expect(release).toMatch(/^[A-Za-z0-9._+~-]+$/);
  const sizes = [
    ...[facts.memoryBytes, facts.agentFreeBytes],
    ...[...facts.filesystems, ...facts.swaps, ...facts.disks, ...facts.unmounted].map(
      ({ sizeBytes }) => sizeBytes,
    ),
    ...facts.filesystems.flatMap(({ usedBytes, usedInodes }) => [usedBytes, usedInodes]),
  ];
  for (const size of sizes) expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
  expect(Number.isFinite(facts.clockSkewMs)).toBe(true);
}

function expectPath(path: string): void {
  expect(path).toMatch(/^\/[^\u0000-\u001f\u007f]*$/);
  expect(path.split('/')).not.toContain('..');
}

function evidenceOf({ name }: Place): EvidenceText {
  return evidences[name] ?? { files: {}, commands: {} };
}

function contentOf(place: Place): string {
  const { files, commands } = evidenceOf(place);
  return (place.kind === 'files' ? files[place.key] : commands[place.key]?.out) ?? '';
}

/** The evidence with that piece changed; null: it is gone. */
function withContent(place: Place, content: string | null): EvidenceText {
  const { kind, key } = place;
  const evidence = evidenceOf(place);
  const { [key]: _gone, ...others } = evidence[kind] as Record<string, unknown>;
  const put = kind === 'files' ? content : { exit: 0, out: content };
  return { ...evidence, [kind]: content === null ? others : { ...others, [key]: put } };
}
