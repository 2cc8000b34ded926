/** Whether a mount option has btrfs compress what is written (btrfs(5)). */
export function isCompression(option: string): boolean {
  return /^compress(-force)?=(zlib|lzo|zstd)(:\d{1,2})?$/.test(option);
}
