/** What a schedule starts at its time: a workflow of its own, since Temporal appends that time to its id. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { ScheduledWave } from '../src/model/schedule.js';
import { orchestrator } from './activities.js';

/** Answers what came of it, in the operator's words; fails with the code and message of what was refused. */
export async function scheduledWaveWorkflow(wave: ScheduledWave): Promise<string> {
  try {
    return await orchestrator.startScheduledWave(wave);
  } catch (error) {
    // The reason itself, not that an activity failed: this is what the list of schedules and the Temporal UI show.
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
}
