/** One line of an fstab, fields as they stand there (spaces in paths are octal escapes). */
export interface FstabLine {
  readonly spec: string;
  readonly file: string;
  readonly type: string;
  readonly options: readonly string[];
  readonly dump: number;
  readonly pass: number;
}

/** Lines of an fstab that mount or swap something; comments and broken lines are left out. */
export function parseFstab(text: string): FstabLine[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/[ \t]+/);
    const [spec, file, type, options = 'defaults', dump = '0', pass = '0'] = fields;
    if (spec === undefined || spec === '' || spec.startsWith('#')) return [];
    if (file === undefined || type === undefined) return [];
    return [{ spec, file, type, options: options.split(','), dump: numberOr0(dump), pass: numberOr0(pass) }];
  });
}

/** Octal escapes of fstab and mountinfo back to characters. */
export function decodeField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** A path as a field of fstab. */
export function encodeField(path: string): string {
  return path.replace(/[\s\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function numberOr0(field: string): number {
  return /^\d+$/.test(field) ? Number(field) : 0;
}
