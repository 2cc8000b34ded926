/** What no job may take: the relay's system, journals and logs must go on when its disk is as good as full. */
export const MARGIN_BYTES = 128 * 1024 * 1024;

/**
 * When what came in is written out: after so many milliseconds, or wire bytes. Unpacked these are several times as many;
 * all of that must fit into what is left of the margin when others fill the relay's disk in an instant, or it is lost and
 * has to come again.
 */
export const WRITE_OUT = { ms: 3_000, bytes: MARGIN_BYTES / 8 };
