import { FleetliftError } from '../errors/FleetliftError.js';
import type { ServerOverrides, SyncSettings } from '../model/fleet.js';
import type { ExcludeRules } from './checks/excludes.js';
import { excludeRule } from './excludeRules.js';
import type { RawSettings, RawSync } from './schema.js';
import { durationMs } from './units.js';

/**
 * The settings that a server (or `defaults`) writes itself, and no others.
 *
 * @param inherited the sync settings of `defaults`: inline excludes and the folder's are two fields there, but one in
 *   the fleet, so a server that writes one of them takes the other along
 * @param folders rules by disk of each folder that a `sync.excludesDir` names
 */
export function overridesOf(
  raw: RawSettings,
  inherited: RawSync,
  folders: ReadonlyMap<string, ExcludeRules>,
): ServerOverrides {
  return written({
    ssh: ifGiven(raw.ssh, written),
    sync: ifGiven(raw.sync, (sync) => syncOf(sync, inherited, folders)),
    image: ifGiven(raw.image, ({ format, subformat, name, disks }) =>
      written({ format, subformat, name, disks: disks ?? undefined }),
    ),
    verify: ifGiven(raw.verify, ({ checksum, boot, commands, ports }) =>
      written({
        checksum,
        boot: ifGiven(boot, withoutRepeats),
        commands: commands ?? undefined,
        ports: ifGiven(ports, withoutRepeats),
      }),
    ),
    retry: ifGiven(raw.retry, ({ maximumAttempts, initialInterval }) =>
      written({ maximumAttempts, initialIntervalMs: ifGiven(initialInterval, durationMs) }),
    ),
    validDays: raw.validDays,
  });
}

/** A section, list or limit that is there and not left empty, turned into something else. */
export function ifGiven<T, R>(value: T | null | undefined, use: (value: T) => R): R | undefined {
  return value === null || value === undefined ? undefined : use(value);
}

function syncOf(
  { every, excludes, excludesDir, quiesce, ...same }: RawSync,
  inherited: RawSync,
  folders: ReadonlyMap<string, ExcludeRules>,
): Partial<SyncSettings> {
  const inline = excludes ?? inherited.excludes ?? {};
  const folder = excludesDir === undefined ? inherited.excludesDir : excludesDir;
  const own = ifGiven(excludes, () => true) ?? excludesDir !== undefined;
  return written({
    ...same,
    everyMs: ifGiven(every, durationMs),
    quiesce: quiesce ?? undefined,
    excludes: own ? mergedExcludes(inline, folders.get(folder ?? '') ?? {}) : undefined,
  });
}

/** Inline patterns first: rsync takes the first rule that matches. */
function mergedExcludes(inline: NonNullable<RawSync['excludes']>, folder: ExcludeRules): ExcludeRules {
  const disks = [...new Set([...Object.keys(inline), ...Object.keys(folder)])];
  const rules = disks.map((disk): [string, string[]] => [
    disk,
    [...(inline[disk] ?? []).map(ruleText), ...(folder[disk] ?? [])],
  ]);
  return Object.fromEntries(rules.filter(([, patterns]) => patterns.length > 0));
}

function ruleText(pattern: string): string {
  const result = excludeRule(pattern);
  if ('fault' in result) throw new FleetliftError('E-INTERNAL', { message: `unchecked pattern: ${pattern}` });
  return result.rule;
}

function withoutRepeats<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

type Written<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function written<T extends object>(fields: T): Written<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Written<T>;
}
