/** What a benchmark came to. */
export interface BenchOutcome {
  readonly passed: boolean;
  /** Written to the JSON file. */
  readonly figures: object;
}

/** Tells what a benchmark does now; figures go to stdout. */
export function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
