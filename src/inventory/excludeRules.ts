/** Either the rule as the sync step takes it, or why it is refused. */
export type ExcludeRule = { readonly rule: string } | { readonly fault: string };

/** Rules of rsync's other filter syntax: as a pattern nobody means them. */
const OTHER_FILTER_RULE =
  /^(\.|:|merge|dir-merge|clear|hide|show|protect|risk|include|exclude|[HSPR])(,\S*)? /;

/** rsync drops longer ones with no more than a warning. */
const LONGEST_RULE = 4000;

/**
 * One exclude pattern in the form that means the same in every rsync option that takes rules: `PATTERN`, or
 * `+ PATTERN` for an include. A leading `- ` is dropped; a leading `#`, `;`, `-` or `+` that belongs to the name is
 * written as a class (`[#]name`), so that it is never a comment, an option or a prefix.
 */
export function excludeRule(text: string): ExcludeRule {
  if (/[\0\r\n]/.test(text)) return { fault: 'it holds a line break or a NUL' };
  if (text.length > LONGEST_RULE) return { fault: `it is longer than ${LONGEST_RULE} characters` };
  const pattern = /^[-+] /.test(text) ? text.slice(2) : text;
  if (pattern.trim() === '') return { fault: 'it is empty' };
  if (text.startsWith('+ ')) return { rule: text };
  if (text.startsWith('!')) return { fault: '"!" would clear the list; write "?" in its place' };
  if (OTHER_FILTER_RULE.test(text)) {
    return { fault: 'it is one of rsync’s other filter rules; write "?" in place of its first letter' };
  }
  return { rule: literalStart(pattern) };
}

function literalStart(pattern: string): string {
  const first = pattern.charAt(0);
  if (!'#;+-!'.includes(first)) return pattern;
  // `[!]` would be a negated class; and rsync reads a backslash as an escape only where the pattern has a wildcard.
  const start = first === '!' ? '?' : `[${first}]`;
  const rest = pattern.slice(1);
  return start + (/[*?[]/.test(rest) ? rest : rest.replaceAll('\\', '\\\\'));
}
