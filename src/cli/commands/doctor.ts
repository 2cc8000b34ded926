import { printable, renderTable } from '../../console/text.js';
import { checkKvm, checkRoot, checkStateDir, checkTools, type Check } from '../doctor/checks.js';
import { checkClock } from '../doctor/clock.js';
import { checkTemporal, checkTemporalCli } from '../doctor/temporal.js';
import type { Fleet } from '../../model/fleet.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

const MARK: Readonly<Record<Check['state'], string>> = { ok: '✓', warning: '!', broken: '✗' };
const RANK: Readonly<Record<Check['state'], number>> = { broken: 0, warning: 1, ok: 2 };

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine, Temporal and relays',
  description:
    'Tells what is missing and the command for it. Installs and starts nothing. With an inventory, its relays tell of their tools, room, KVM and clock, and its first server whether it reaches them; drill asks all servers. Exit status 1 if something is broken.',
  arguments: [
    {
      syntax: '[inventory]',
      description: 'check relays, keys and known_hosts of this inventory; default: the embedded relay',
    },
  ],
  examples: [
    { command: 'doctor', does: 'this machine, and the embedded service if it runs' },
    {
      command: 'doctor fleet.yaml --address temporal.internal:7233',
      does: 'workers and relays of production',
    },
  ],
  async run(context, [inventory]): Promise<ExitCode> {
    const fleet = inventory === undefined ? null : await readFleet(inventory);
    const { isTemporalConfigured } = await import('../../temporal/connect.js');
    const isEmbedded = !isTemporalConfigured(context.globals.address);
    const checks = [
      checkRoot(),
      checkTools(isEmbedded),
      checkKvm(),
      await checkClock(),
      ...checkStateDir(context.layout),
      ...(isEmbedded ? [await checkTemporalCli()] : []),
      ...(await checkTemporal(context, fleet)),
      ...(fleet === null || inventory === undefined ? [] : await checkFleetLogins(fleet, inventory)),
    ];
    checks.sort((a, b) => RANK[a.state] - RANK[b.state]);
    const rows = checks.map(({ name, state, message, remedy }) =>
      [`${MARK[state]} ${name}`, message, remedy === null ? '' : `→ ${remedy}`].map(printable),
    );
    const broken = checks.filter(({ state }) => state === 'broken').length;
    context.output.print(...renderTable(rows, { indent: ' ' }));
    context.output.print('', broken === 0 ? 'Ready.' : `${broken} of ${checks.length} checks failed.`);
    context.output.document({ ready: broken === 0, checks });
    return broken === 0 ? EXIT.done : EXIT.unexpected;
  },
};

async function readFleet(inventory: string): Promise<Fleet> {
  const { loadFleet } = await import('../../inventory/load.js');
  return loadFleet(inventory, process.env);
}

async function checkFleetLogins(fleet: Fleet, inventory: string): Promise<Check[]> {
  const { checkLogins } = await import('../doctor/logins.js');
  return checkLogins(fleet, inventory);
}
