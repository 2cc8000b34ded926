/** Whether a path is a folder or lies anywhere below it. Both are absolute. */
export function isBelow(folder: string, path: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
