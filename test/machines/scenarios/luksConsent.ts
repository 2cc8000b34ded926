import { vmProfile } from '../../../lab/vm/profiles.js';
import type { Finding } from '../../../src/model/job.js';
import type { Fleetlift } from '../../e2e/fleetlift.js';
import { machineInventory } from '../machineInventory.js';
import { machineOf } from '../runProfile.js';

/** A server with an encrypted volume, in an inventory that consents to nothing. */
export async function luksConsent(fleetlift: Fleetlift, number: number): Promise<string> {
  const machine = await machineOf(number, vmProfile('luks'));
  const inventory = await machineInventory(fleetlift, 'luks-consent', [machine]);
  const { exitCode, stdout } = await fleetlift.run('drill', inventory, '--json');
  const { servers } = JSON.parse(stdout) as { servers: { findings: Finding[] }[] };
  const finding = servers
    .flatMap(({ findings }) => findings)
    .find(({ severity, code }) => severity === 'blocking' && code === 'E-LUKS-CONSENT');
  if (finding === undefined || exitCode !== 3) throw new Error(`exit ${exitCode}: ${stdout}`);
  return `${finding.code}: ${finding.message} → ${finding.remedy}`;
}
