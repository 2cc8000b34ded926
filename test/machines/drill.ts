import type { Finding } from '../../src/model/job.js';
import type { Fleetlift } from '../e2e/fleetlift.js';

/** Drills an inventory; what was found of all its servers. */
export async function drill(
  fleetlift: Fleetlift,
  inventory: string,
): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[] }> {
  const { exitCode, stdout } = await fleetlift.run('drill', inventory, '--json');
  const { servers } = JSON.parse(stdout) as { servers: { findings: Finding[] }[] };
  return { exitCode, findings: servers.flatMap(({ findings }) => findings) };
}
