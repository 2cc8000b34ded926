/** Verification boots of a relay: the way in for activities and workers. */
export { accelerator } from './accelerator.js';
export { startBoot, type BootRequest, type StartedBoot } from './startBoot.js';
export { reconcileBoots, stopBoot, stopBoots } from './stopBoot.js';
