import { pollUntil } from '../../activities/support/poll.js';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { FINAL_STATUSES, jobId, type ServerResult } from '../../src/model/job.js';
import { sourceWorkflowId } from '../../src/model/source.js';
import { isNotFound } from '../../src/temporal/failures.js';
import { sourceRecordQuery } from '../../workflows/messages.js';
import { failure, type WorkflowBench } from '../support/workflowBench.js';
import { budgetViolations } from './failureBudget.js';
import { Operator } from './Operator.js';
import { Referee } from './Referee.js';
import { fleetOfScenario, type Scenario } from './scenario.js';

/** A job tells its end a moment before it is over. */
const CLOSING_MS = 20_000;

/**
 * Runs one migration to its end.
 * @param name - The migration's; its servers are named after it.
 * @param referees - Where the one of this migration is entered, since it is to see every activity.
 * @returns all that was wrong with it
 */
export async function playMigration(
  bench: WorkflowBench,
  name: string,
  plan: Scenario,
  referees: Map<string, Referee>,
): Promise<string[]> {
  const fleet = fleetOfScenario(name, plan);
  const referee = new Referee(fleet);
  referees.set(name, referee);
  const names = fleet.servers.map((server) => server.name);
  const plans = plan.waves.flatMap(({ servers }) => servers);
  for (const [at, server] of names.entries()) {
    if (plans[at]?.snapshots === true) bench.simulation.snapshots.add(server);
  }
  for (const { server, activity, code, times } of plan.failures) {
    const key = `${names[server % names.length] ?? ''}:${activity}`;
    const thrown = Array.from({ length: times }, () => failure(code, CATALOGUE[code].retryable));
    bench.simulation.failures.set(key, [...(bench.simulation.failures.get(key) ?? []), ...thrown]);
  }
  try {
    const handle = await bench.migrate(fleet);
    await new Operator(bench.env.client, fleet, referee).run(plan.commands);
    const { servers } = await handle.result();
    for (const { name: server, status } of servers) {
      if (!FINAL_STATUSES.includes(status)) referee.violations.push(`${server} is ${status} at the end`);
      await judgeJob(bench, name, server, status, referee);
    }
    return [...referee.violations, ...(await budgetViolations(bench.env.client, fleet))];
  } catch (error) {
    return [...referee.violations, error instanceof Error ? error.message : String(error)];
  }
}

/** What the job itself says of its end, where there was one, and what it has left open. */
async function judgeJob(
  bench: WorkflowBench,
  migration: string,
  server: string,
  status: string,
  referee: Referee,
): Promise<void> {
  if (!referee.hasStarted(server)) {
    referee.judgeEnd(server, status);
    return;
  }
  const job = jobId({ migration, server, number: 1 });
  const handle = bench.env.client.workflow.getHandle(job);
  await pollUntil(50, AbortSignal.timeout(CLOSING_MS), async () =>
    (await handle.describe()).status.name === 'RUNNING' ? null : true,
  ).catch((error: unknown) => {
    throw new Error(`${server} is ${status}, and its job open`, { cause: error });
  });
  const result = (await handle.result()) as ServerResult;
  if (result.status !== status)
    referee.violations.push(`${server} is ${status}, and its job ${result.status}`);
  referee.judgeEnd(server, status);
  const isHeld = (await holderOf(bench, job)) === job;
  const isTold = result.remarks?.some((remark) => remark.includes('not removed')) === true;
  if (isHeld && !isTold) referee.violations.push(`${server} is ${status}, and its source held`);
}

/** Who has the lock of a job's source, each of which is a machine of its own. */
async function holderOf({ env }: WorkflowBench, sourceId: string): Promise<string | null> {
  try {
    return (await env.client.workflow.getHandle(sourceWorkflowId(sourceId)).query(sourceRecordQuery)).holder;
  } catch (error) {
    // It was never claimed.
    if (isNotFound(error)) return null;
    throw error;
  }
}
