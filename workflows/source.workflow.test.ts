import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSource } from '../activities/sourceLock.js';
import { deleteSource } from '../src/temporal/sources.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';
import { sourceRecordQuery } from './messages.js';

let bench: WorkflowBench;

beforeAll(async () => {
  bench = await WorkflowBench.start();
});

afterAll(() => bench.dispose());

describe('a source', () => {
  it('is held by an unfinished job, and can be deleted once that is gone, however it ended', async () => {
    const { client } = bench.env;
    const fleet = fleetOf(migrationName(), { all: ['s'] });
    bench.simulation.failures.set('s:buildImage', [failure('E-IMAGE-TREE', false)]);
    await bench.migrate(fleet);
    await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'failed');
    const claim = { sourceId: 'machine-1', hostname: 's', host: 's.example' };
    await claimSource(client, { ...claim, job: { migration: fleet.name, server: 's', number: 1 } });

    const other = { ...claim, job: { migration: 'other', server: 's', number: 1 } };
    await expect(claimSource(client, other)).rejects.toMatchObject({ code: 'E-SOURCE-LOCKED' });
    expect(await deleteSource(client, 'machine-1')).toMatchObject({ accepted: false });

    await bench.job(fleet.name, 's').terminate();
    expect(await deleteSource(client, 'machine-1')).toMatchObject({ accepted: true });
    // A new claim imports it again.
    await claimSource(client, other);
    const record = await client.workflow.getHandle('source/machine-1').query(sourceRecordQuery);
    expect(record).toMatchObject({ id: 'machine-1', holder: 'job/other/s/1' });
  });
});
