/** Repaints a block of lines in place on a terminal. */
export class Painter {
  private painted = 0;

  constructor(private readonly terminal: NodeJS.WriteStream) {}

  /** Columns that a line may take without wrapping, which would break the repainting. */
  get width(): number {
    return Math.max(20, this.terminal.columns - 1);
  }

  /** Lines that a block may have without scrolling. */
  get height(): number {
    return Math.max(5, this.terminal.rows - 2);
  }

  paint(lines: readonly string[]): void {
    const clear = this.painted === 0 ? '' : `\u001b[${this.painted}F\u001b[0J`;
    this.terminal.write(`${clear}${lines.map((line) => `${line}\n`).join('')}`);
    this.painted = lines.length;
  }

  /** Takes the block away, so that what is printed next stands in its place. */
  clear(): void {
    this.paint([]);
  }
}
