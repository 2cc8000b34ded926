import { labDown } from '../../lab/lab.js';
import type { Fleetlift } from './fleetlift.js';

/** Gives up what is not final, and removes the state folder and the lab, whatever becomes of the former. */
export async function closeLab(fleetlift: Fleetlift): Promise<void> {
  try {
    await fleetlift.giveUp();
  } finally {
    await fleetlift.dispose();
    await labDown();
  }
}
