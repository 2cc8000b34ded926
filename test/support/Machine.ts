import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { OrchestratorActivities, RelayActivities } from '../../src/model/activities.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../../src/model/job.js';

export interface MachineOptions {
  /** Connection, workflow bundle and limits of every worker. */
  readonly base: Omit<WorkerOptions, 'taskQueue'>;
  readonly activities: { readonly orchestrator: OrchestratorActivities; readonly relay: RelayActivities };
  /** Names of the relays that it is. */
  readonly relays: readonly string[];
}

/** A machine with an orchestrator and relays: it can go away at any moment. */
export class Machine {
  private constructor(
    private readonly workers: readonly Worker[],
    private readonly running: Promise<unknown>,
  ) {}

  static async start({ base, activities, relays }: MachineOptions): Promise<Machine> {
    const { workflowBundle: _none, ...withoutWorkflows } = base;
    const workers = await Promise.all([
      Worker.create({ ...base, taskQueue: ORCHESTRATOR_QUEUE, activities: { ...activities.orchestrator } }),
      ...relays.map((relay) =>
        Worker.create({
          ...withoutWorkflows,
          taskQueue: relayQueue(relay),
          activities: { ...activities.relay },
        }),
      ),
    ]);
    return new Machine(workers, Promise.all(workers.map((worker) => worker.run())));
  }

  /** Ends its workers, without grace for what they do. */
  async stop(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
  }
}
