import type { Client } from '@temporalio/client';
import { pollUntil } from '../../activities/support/poll.js';
import type { Fleet } from '../../src/model/fleet.js';
import { operateServer } from '../../src/cli/operateServer.js';
import { FleetliftError } from '../../src/errors/FleetliftError.js';
import { FINAL_STATUSES, jobId, migrationId } from '../../src/model/job.js';
import type { MigrationStatus, ServerSummary } from '../../src/model/messages.js';
import type { Operation } from '../../src/model/operations.js';
import { isNotFound, isPassing } from '../../src/temporal/failures.js';
import { queryJob } from '../../src/temporal/jobs.js';
import { approveWave, queryMigration } from '../../src/temporal/migrations.js';
import { editUpdate } from '../../workflows/messages.js';
import type { Referee } from './Referee.js';
import type { PlannedCommand, Scenario } from './scenario.js';

/** A migration that is not over by then never will be. */
const DEADLINE_MS = 300_000;
/** Between two looks, each of which costs Temporal about as much as an activity; sooner where a command is due. */
const LOOK_MS = 1_000;
const DUE_MS = 50;
/** What a server that stands still needs to go on to its end. */
const ONWARDS: Readonly<Record<string, Operation>> = {
  InError: 'retry',
  Stopped: 'resume',
  Waiting: 'cutover',
};
const GIVING_UP: readonly Operation[] = ['skip', 'cancel', 'delete'];

/** Types the commands of a scenario at their moments, and then whatever brings the migration to its end. */
export class Operator {
  private readonly migration: string;
  private edits = 0;

  constructor(
    private readonly client: Client,
    private readonly fleet: Fleet,
    private readonly referee: Referee,
  ) {
    this.migration = fleet.name;
  }

  /** @throws what the servers wait for, where the migration is not over in time */
  async run(commands: Scenario['commands']): Promise<void> {
    const left = [...commands].sort((a, b) => a.afterCalls - b.afterCalls);
    try {
      let nextLookMs = 0;
      await pollUntil(DUE_MS, AbortSignal.timeout(DEADLINE_MS), async () => {
        const isDue = (left[0]?.afterCalls ?? Infinity) <= this.referee.calls;
        if (!isDue && performance.now() < nextLookMs) return null;
        nextLookMs = performance.now() + LOOK_MS;
        try {
          return await this.look(left);
        } catch (error) {
          // While a machine dies Temporal may give no answer; he looks again.
          if (isPassing(error)) return null;
          throw error;
        }
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`not over (${why}): ${await this.whatIsLeft()}`, { cause: error });
    }
  }

  /** @returns true: the migration is over */
  private async look(left: PlannedCommand[]): Promise<true | null> {
    const status = await queryMigration(this.client, this.migration);
    if (status === null || isOver(status)) return true;
    const [next] = left;
    if (next !== undefined && next.afterCalls <= this.referee.calls) {
      left.shift();
      if (next.operation === 'edit') await this.edit();
      else await this.operate(next.operation, status.servers[next.server % status.servers.length]);
    } else if (next === undefined || status.outcome !== 'running') await this.goOn(status);
    return null;
  }

  /** What stands still and why, as far as it answers: a workflow task that fails each time answers nothing. */
  private async whatIsLeft(): Promise<string> {
    const [ended, failing] = await Promise.all([
      this.whatIsOpen().catch((error: unknown) => `no answer: ${String(error)}`),
      this.failedTasks(),
    ]);
    return [ended, ...failing].join('; ');
  }

  private async whatIsOpen(): Promise<string> {
    const status = await queryMigration(this.client, this.migration);
    const open = status?.servers.filter((one) => !FINAL_STATUSES.includes(one.status)) ?? [];
    const said = open.map(async ({ name, job, status: known, step, reason }) => {
      const own = await queryJob(this.client, job);
      return `${name} is ${known} ${step ?? ''} (${reason ?? ''}), by its job ${own?.status ?? 'not begun'}`;
    });
    return (await Promise.all(said)).join('; ');
  }

  private async failedTasks(): Promise<string[]> {
    const jobs = this.fleet.servers.map(({ name }) =>
      jobId({ migration: this.migration, server: name, number: 1 }),
    );
    const told = [migrationId(this.migration), ...jobs].map(async (id) => {
      const history = await this.client.workflow
        .getHandle(id)
        .fetchHistory()
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      return (history?.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
        failed === null || failed === undefined
          ? []
          : [`a task of ${id} failed: ${failed.failure?.message ?? ''}`],
      );
    });
    return (await Promise.all(told)).flat();
  }

  private async goOn({ servers, waves }: MigrationStatus): Promise<void> {
    for (const { name, reason } of waves) {
      if (reason?.includes('fleetlift approve') === true)
        await approveWave(this.client, this.migration, name);
    }
    for (const server of servers) {
      const onwards = ONWARDS[server.status];
      if (onwards !== undefined) await this.operate(onwards, server);
      else if (server.reason?.includes('skip it') === true) await this.operate('skip', server);
    }
  }

  private async edit(): Promise<void> {
    this.edits += 1;
    const fleet = { ...this.fleet, limits: { ...this.fleet.limits, rateMbps: this.edits } };
    const handle = this.client.workflow.getHandle(migrationId(this.migration));
    await handle
      .executeUpdate(editUpdate, { args: [{ fleet, waves: null, only: null }] })
      .catch((error: unknown) => {
        // It has ended in this very moment.
        if (!isNotFound(error)) throw error;
      });
  }

  private async operate(operation: Operation, server: ServerSummary | undefined): Promise<void> {
    if (server === undefined) return;
    if (GIVING_UP.includes(operation)) this.referee.mayBeGivenUp(server.name);
    try {
      await operateServer(this.client, this.migration, { operation }, server);
    } catch (error) {
      // Of a server that was skipped before it started, nothing is there to be deleted.
      if (!(error instanceof FleetliftError && error.code === 'E-USAGE')) throw error;
    }
  }
}

function isOver({ servers }: MigrationStatus): boolean {
  return servers.every(({ status }) => FINAL_STATUSES.includes(status));
}
