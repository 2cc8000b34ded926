import { printable, renderTable } from '../../console/text.js';
import { checkKvm, checkRoot, checkStateDir, checkTools, type Check } from '../doctor/checks.js';
import { checkTemporal, checkTemporalCli } from '../doctor/temporal.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

const MARK: Readonly<Record<Check['state'], string>> = { ok: '✓', warning: '!', broken: '✗' };
const RANK: Readonly<Record<Check['state'], number>> = { broken: 0, warning: 1, ok: 2 };

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine, Temporal and relays',
  description:
    'Tells what is missing and the command for it. Installs and starts nothing. Exit status 1 if something is broken.',
  arguments: [
    { syntax: '[inventory]', description: 'check the relays of this inventory; default: the embedded one' },
  ],
  examples: [
    { command: 'doctor', does: 'this machine, and the embedded service if it runs' },
    {
      command: 'doctor fleet.yaml --address temporal.internal:7233',
      does: 'workers and relays of production',
    },
  ],
  async run(context, [inventory]): Promise<ExitCode> {
    const checks = [
      checkRoot(),
      checkTools(),
      checkKvm(),
      ...checkStateDir(context.layout),
      await checkTemporalCli(),
      ...(await checkTemporal(context, await relayNames(inventory))),
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

async function relayNames(inventory: string | undefined): Promise<string[]> {
  if (inventory === undefined) return ['local'];
  const { loadFleet } = await import('../../inventory/load.js');
  return (await loadFleet(inventory, process.env)).relays.map(({ name }) => name);
}
