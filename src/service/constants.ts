/** The dev server's own namespace. */
export const NAMESPACE = 'default';
/** Exit code of a service that found another one on its state folder (EX_TEMPFAIL). */
export const EXIT_LOCKED = 75;
