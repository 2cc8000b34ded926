/** The search for a secret: in files and processes, in every form in which text is usually written. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text as it is, and as JSON, URLs, HTML and base64 (wherever it begins in what is encoded) have it. */
export function writtenForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const forms = [text, json, JSON.stringify(json).slice(1, -1), html, encodeURIComponent(text)];
  const form = new URLSearchParams({ text }).toString().slice('text='.length);
  return [...new Set([...forms, form, ...[0, 1, 2].flatMap((shift) => base64Forms(text, shift))])];
}

/** Files below a folder that hold one of the forms, those below folders of the given names left out. */
export async function filesWith(
  folder: string,
  forms: readonly string[],
  leaveOut: readonly string[] = [],
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !leaveOut.includes(entry.name)) {
      found.push(...(await filesWith(path, forms, leaveOut)));
    } else if (entry.isFile() && holds(await readFile(path), forms)) found.push(path);
  }
  return found;
}

/** Command lines of the processes that have one of the forms in their command line or environment. */
export async function processesWith(forms: readonly string[]): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may end while we look.
      const [command, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`).catch(() => Buffer.alloc(0))),
      );
      const whole = Buffer.concat([
        command ?? Buffer.alloc(0),
        Buffer.from('\0'),
        environment ?? Buffer.alloc(0),
      ]);
      return holds(whole, forms) ? [String(command).replaceAll('\0', ' ').trim()] : [];
    }),
  );
  return found.flat();
}

function holds(content: Buffer, forms: readonly string[]): boolean {
  return forms.some((form) => content.includes(form));
}

/** The part of the base64 of text after `shift` other bytes that these and what follows do not change. */
function base64Forms(text: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
  const form = whole.slice(shift === 0 ? 0 : 4);
  return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
}
