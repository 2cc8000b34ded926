/**
 * The kinds of value an inventory holds. The error text of each says what a value must be, to follow "must be".
 *
 * What is refused here can be trusted elsewhere not to be an option, a path out of its folder, or shell text.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { excludeRule } from './excludeRules.js';
import { durationPattern } from './units.js';

const text = (pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected });

/** A list or a section that is written but left empty counts as absent, as in Kubernetes and Ansible. */
export const optional = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

export const list = <T extends z.ZodType>(item: T) => z.array(item, { error: 'a list' });

export const section = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, { error: 'a map of fields' });

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}` });

export const bool = z.boolean({ error: 'true or false' });

export function whole(minimum: number, maximum: number, unit = '') {
  const error = `a whole number${unit} between ${minimum} and ${maximum}`;
  return z.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** Also a part of workflow ids, of paths and of file names; so no slash, and no `..`. */
export const name = text(
  /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'at most 63 letters, digits, ".", "_" and "-", beginning with a letter or digit, without ".."',
);

const hostText = 'a host name or an IP address';
/** A name of `~/.ssh/config` is a host name too. A zone (`%eth0`) is allowed behind an IPv6 address. */
export const host = text(/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]{0,252}$/, hostText).refine(isHost, {
  error: hostText,
});

export const port = whole(1, 65_535);

export const user = text(
  /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/,
  'a login name: letters, digits, "_", ".", "-" and "@"',
);

const jumpText = '[user@]host[:port], several separated by commas';
/** One or more jump hosts in OpenSSH's ProxyJump form, an IPv6 address with a port in brackets. */
export const jump = text(/^[A-Za-z0-9_[][A-Za-z0-9_.:%@,[\]-]*$/, jumpText).refine(
  (value) => value.split(',').every(isHop),
  { error: jumpText },
);

/** On the orchestrator, which may be another machine than the one that reads the file: so never relative. */
export const orchestratorPath = text(/^(\/|~\/)[^\x00-\x1f\x7f]{1,4000}$/, 'a path that begins with / or ~/');

/** On a relay, where it becomes a part of rsync's, QEMU's and mount's arguments. */
export const relayFolder = text(
  /^(?!.*\/\.{1,2}(\/|$))\/[A-Za-z0-9_@+./-]*[A-Za-z0-9_@+-]\/?$/,
  'an absolute path of letters, digits, "_", "@", "+", "." and "-", without ".."',
);

/** On the machine that reads the inventory. */
export const folder = text(
  /^[^-~\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,4000}$/,
  'a folder, relative to the inventory file or beginning with /',
);

export const variableName = text(
  /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
  'the name of an environment variable, such as DB1_PASSWORD',
);

export const unitName = text(
  /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,254}$/,
  'the name of a systemd unit, such as postgresql.service',
);

/** Run as it stands by the server's own shell, so only what no shell takes is refused. */
export const command = text(/^(?=[^]*\S)[^\x00]{1,16384}$/, 'a shell command');

export const duration = text(durationPattern, 'a duration such as 10s, 15m, 2h or 7d');

export const timeOfDay = text(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time of day from "00:00" to "23:59"');

export const timezone = text(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'a time zone such as Europe/Berlin').refine(
  (value) => IANAZone.isValidZone(value),
  { error: 'a time zone such as Europe/Berlin' },
);

const patternText = 'an rsync exclude pattern';
export const excludePattern = z.string({ error: patternText }).superRefine((value, context) => {
  const result = excludeRule(value);
  if ('fault' in result) context.addIssue({ code: 'custom', message: `${patternText} (${result.fault})` });
});

export const diskId = text(/^(system|disk[1-9][0-9]{0,2})$/, '"system", "disk1", "disk2" …');

function isHost(value: string): boolean {
  if (isIP(value) !== 0) return true;
  // Digits and dots alone, but no IPv4 address: a typing error, which some resolvers take for another address.
  if (/^[0-9.]+$/.test(value)) return false;
  return /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(
    value,
  );
}

function isHop(hop: string): boolean {
  const parts = /^(?:([^:[\]]+)@)?(?:\[([^[\]]+)\]|([^@:[\]]+))(?::([0-9]{1,5}))?$/.exec(hop);
  if (parts === null) return false;
  const [, login, bracketed, plain, hopPort] = parts;
  if (login !== undefined && !user.safeParse(login).success) return false;
  if (hopPort !== undefined && !port.safeParse(Number(hopPort)).success) return false;
  return bracketed === undefined ? host.safeParse(plain).success : isIPv6(bracketed) || isIPv4(bracketed);
}
