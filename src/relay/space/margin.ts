/** What no job may take: the relay's system, journals and logs must go on when its disk is as good as full. */
export const MARGIN_BYTES = 128 * 1024 * 1024;
