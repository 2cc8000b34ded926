import type { ImageRule } from './ImageRule.js';

/** hwclock(8), “The Adjtime File”: its third line says what the clock of the hardware is kept in. */
export const hardwareClock: ImageRule = {
  id: 'hardware-clock',
  reason:
    'the hardware clock of a virtual machine is in UTC; read as local time it would be hours off at each boot',
  async apply(tree) {
    await tree.edit('/etc/adjtime', (text) => text.replace(/^LOCAL[ \t]*$/m, 'UTC'));
  },
};
