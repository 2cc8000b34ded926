/** Paths of files in a FAT, which tells no upper case from lower. */
export class FatPaths {
  /** By its lower case, each file and folder as it is written there. */
  private readonly written = new Map<string, string>();

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const names = path.split('/');
      for (const at of names.keys()) this.add(names.slice(0, at + 1).join('/'));
    }
  }

  /** A file or folder, as it is written there; null: there is none. */
  find(path: string): string | null {
    return this.written.get(path.toLowerCase()) ?? null;
  }

  /** Where a file is to be written, so that it replaces one of that name, and lies in a folder that is there. */
  place(path: string): string {
    return path.split('/').reduce((folder, name) => {
      const wanted = folder === '' ? name : `${folder}/${name}`;
      return this.find(wanted) ?? wanted;
    }, '');
  }

  private add(path: string): void {
    if (this.find(path) === null) this.written.set(path.toLowerCase(), path);
  }
}
