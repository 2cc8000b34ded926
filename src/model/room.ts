/** How the reason of a job begins that waits for room on its relay, and not for another job there. */
export const WAITS_FOR_ROOM = 'waits for room';
