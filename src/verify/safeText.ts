/**
 * Text of an image, made safe to show: control characters (which could drive a terminal) but for line ends and tabs
 * are replaced, and what is longer is cut.
 */
export function safeText(text: string, maxBytes: number): string {
  const clean = text
    .replaceAll('\r\n', '\n')
    // Also the direction overrides of Unicode, which make a text read otherwise than it is.
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  const bytes = Buffer.from(clean);
  if (bytes.length <= maxBytes) return clean;
  // A character cut in two at the end is left out.
  return `${bytes
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '')} …`;
}

/** The same on one line, for a check's detail. */
export function safeLine(text: string, maxBytes = 300): string {
  return safeText(text.trim().replace(/\s+/g, ' '), maxBytes);
}
