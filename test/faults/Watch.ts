import { defaultPayloadConverter } from '@temporalio/common';
import { jobId, type JobRef, type Progress } from '../../src/model/job.js';
import { readEndpoint } from '../../src/service/records.js';
import { stateLayout } from '../../src/state/layout.js';
import { connectClient, type TemporalClient } from '../../src/temporal/connect.js';
import { isNotFound } from '../../src/temporal/failures.js';
import { searchAttributes } from '../../workflows/messages.js';
import type { Trial } from './Trial.js';

/** How a job stands: what `status --json` tells, and which activities run. */
export interface Sight {
  readonly status: string | null;
  readonly step: string | null;
  /** What each running activity told last, by its name; null: nothing yet. */
  readonly running: ReadonlyMap<string, Progress | null>;
}

/** Looks at a job many times a second; a command of its own would take as long as a short step does. */
export class Watch {
  private constructor(
    private readonly temporal: TemporalClient,
    private readonly job: JobRef,
  ) {}

  static async on({ site, job }: Trial): Promise<Watch> {
    const layout = stateLayout(site.fleetlift.stateDir);
    const endpoint = readEndpoint(layout);
    if (endpoint === null) throw new Error('the service does not run');
    const embedded = () => Promise.resolve({ ...endpoint, payloadKeyFile: layout.payloadKeyFile });
    return new Watch(await connectClient({ embedded, env: {} }), job);
  }

  /** Null: the job has not begun. */
  async look(): Promise<Sight | null> {
    try {
      const description = await this.temporal.client.workflow.getHandle(jobId(this.job)).describe();
      const { typedSearchAttributes, raw } = description;
      const running = (raw.pendingActivities ?? []).map((activity) => {
        const told = activity.heartbeatDetails?.payloads?.[0];
        const progress = told === undefined ? null : defaultPayloadConverter.fromPayload<Progress>(told);
        return [activity.activityType?.name ?? '', progress] as const;
      });
      return {
        status: typedSearchAttributes.get(searchAttributes.status) ?? null,
        step: typedSearchAttributes.get(searchAttributes.step) ?? null,
        running: new Map(running),
      };
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.temporal.close();
  }
}
