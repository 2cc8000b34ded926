import { powerOff, powerOn } from '../../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../../lab/paths.js';
import { setClock } from '../../../lab/vm/buildMachine.js';
import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { drill } from '../drill.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';

const DAY_SECONDS = 24 * 3600;

/** The machine's clock is set while it is off, as a server without a battery has it. */
export async function clockADayOff(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('new'));
  await powerOff(machine.name);
  await setClock(DEFAULT_STATE_DIR, machine, -DAY_SECONDS);
  await powerOn(machine.name);
  const inventory = await machineInventory(fleetlift, 'clock', [machine]);
  const { findings } = await drill(fleetlift, inventory);
  const finding = findings.find(({ code }) => code.endsWith('-CLOCK'));
  if (finding === undefined) throw new Error(`no finding: ${JSON.stringify(findings)}`);
  if (finding.remedy === '') throw new Error(`${finding.code} has no remedy`);
  return `${finding.code}: ${finding.message} → ${finding.remedy}`;
}
