/**
 * Kernel parameter that a system wants which runs under QEMU's emulation: programs lie at the same addresses in every
 * process. The emulator then keeps what it has translated of them for the next process (to start one: 25 ms instead of
 * 80); with addresses of chance it translates anew each time, and a page that it has translated a thousand times takes
 * it a minute to write to, in which the machine answers nobody.
 */
export const FIXED_ADDRESSES = 'norandmaps';
