import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { drill } from '../drill.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';

/** A server with an encrypted volume, in an inventory that consents to nothing. */
export async function luksConsent(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('luks'));
  const inventory = await machineInventory(fleetlift, 'luks-consent', [machine]);
  const { exitCode, findings } = await drill(fleetlift, inventory);
  const finding = findings.find(({ severity, code }) => severity === 'blocking' && code === 'E-LUKS-CONSENT');
  if (finding === undefined || exitCode !== 3) {
    throw new Error(`exit ${exitCode}: ${JSON.stringify(findings)}`);
  }
  return `${finding.code}: ${finding.message} → ${finding.remedy}`;
}
