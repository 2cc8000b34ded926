import { afterAll, beforeAll, expect, it } from 'vitest';
import { askRelays } from '../src/temporal/tasks.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.start();
});
afterAll(() => bench.dispose());

it('asks every relay and the way of the first server to it, and is told of one that does not answer', async () => {
  const fleet = fleetOf(migrationName(), { all: ['a', 'b'] });
  const [local] = fleet.relays;
  if (local === undefined) throw new Error('no relay');
  const relays = [local, { ...local, name: 'gone' }];
  const [here, gone] = await askRelays(bench.env.client, { ...fleet, relays });
  expect(here).toMatchObject({ relay: 'local', inspection: { boots: 'tcg' }, server: 'a', findings: [] });
  expect(gone).toMatchObject({ relay: 'gone', inspection: null, server: null });
  expect(gone?.findings).toMatchObject([{ code: 'E-WORKER-LOST' }]);
});

it('tells why a server cannot be asked', async () => {
  const fleet = fleetOf(migrationName(), { all: ['c'] });
  bench.simulation.failures.set('c:reachRelay', [failure('E-SSH-AUTH', false)]);
  const [answer] = await askRelays(bench.env.client, fleet);
  expect(answer).toMatchObject({ server: 'c', findings: [{ severity: 'blocking', code: 'E-SSH-AUTH' }] });
});
