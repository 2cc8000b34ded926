/** Verification boots of a relay: the way in for activities and workers. */
export { startBoot } from './startBoot.js';
export { reconcileBoots, stopBoot, stopBoots } from './stopBoot.js';
