const collator = new Intl.Collator('en', { numeric: true });

/** Orders device names as people count them: sda2 before sda10, sdz before sdaa. */
export function byDeviceName(a: string, b: string): number {
  return collator.compare(counted(a), counted(b));
}

/** Letters of a disk are digits of base 26. */
function counted(name: string): string {
  return name.replace(/^(sd|hd|vd|xvd)([a-z]{1,4})(?=\d|$)/, (_, kind: string, letters: string) => {
    const number = Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 96, 0);
    return `${kind}${number}-`;
  });
}
