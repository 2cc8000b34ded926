/**
 * Paths that may differ between a lab server that was powered off after its migration and its image, besides what the
 * image step itself reports. At most twenty; each with its reason.
 */
export const EXPECTED_DIFFERENCES: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^\/var\/log(\/|$)/, reason: 'the journal and logs go on until the server is off' },
  { pattern: /^\/var\/lib\/systemd(\/|$)/, reason: 'random seed, timers and clock are written at shutdown' },
  {
    pattern: /^\/var\/lib\/postgresql(\/|$)/,
    reason: 'a running database; its rows are counted in the booted image',
  },
  { pattern: /^\/(tmp|var\/tmp)(\/|$)/, reason: 'services keep private folders there while they run' },
  { pattern: /^\/var\/lib$/, reason: 'the agent’s folder was made and removed there' },
  { pattern: /^\/etc$/, reason: 'the image step replaces files in it' },
  { pattern: /^\/lost\+found$/, reason: 'made by mkfs; its size differs' },
  { pattern: /^\/swapfile$/, reason: 'not copied, made anew' },
];
