import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { OrchestratorActivities, RelayActivities } from '../../src/model/activities.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../../src/model/job.js';

export interface MachineOptions {
  /** Where Temporal listens. */
  readonly address: string;
  /** Workflow bundle and limits of every worker. */
  readonly base: Omit<WorkerOptions, 'taskQueue' | 'connection'>;
  readonly activities: { readonly orchestrator: OrchestratorActivities; readonly relay: RelayActivities };
  /** Names of the relays that it is. */
  readonly relays: readonly string[];
}

/** A machine with an orchestrator and relays: it can go away at any moment. */
export class Machine {
  private constructor(
    /** One of its own: Temporal's SDK takes workers of one queue over one connection for a mistake. */
    private readonly connection: NativeConnection,
    private readonly workers: readonly Worker[],
    private readonly running: Promise<unknown>,
  ) {}

  static async start({ address, base, activities, relays }: MachineOptions): Promise<Machine> {
    const connection = await NativeConnection.connect({ address });
    const { workflowBundle: _none, ...withoutWorkflows } = base;
    const workers = await Promise.all([
      Worker.create({
        ...base,
        connection,
        taskQueue: ORCHESTRATOR_QUEUE,
        activities: { ...activities.orchestrator },
      }),
      ...relays.map((relay) =>
        Worker.create({
          ...withoutWorkflows,
          connection,
          taskQueue: relayQueue(relay),
          activities: { ...activities.relay },
        }),
      ),
    ]);
    return new Machine(connection, workers, Promise.all(workers.map((worker) => worker.run())));
  }

  /** Ends its workers, without grace for what they do. */
  async stop(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
    await this.connection.close();
  }
}
