/** What a command says: results on stdout, everything else on stderr, so that `--json` stays one document. */
export interface Output {
  readonly json: boolean;
  /** The result in words; nothing with `--json`. */
  print(...lines: readonly string[]): void;
  /** The result as a document; nothing without `--json`. */
  document(value: unknown): void;
  /** What goes on meanwhile. */
  note(...lines: readonly string[]): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    print: (...lines) => {
      if (!json) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
    document: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (...lines) => {
      process.stderr.write(lines.map((line) => `${line}\n`).join(''));
    },
  };
}
