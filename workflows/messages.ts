/**
 * Every query, update, signal and search attribute of fleetlift's workflows.
 *
 * Updates and signals have an argument, also where it tells nothing new: what is signed is the payload of one, and what
 * comes without is refused.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { MigrationFigures } from '../src/model/figures.js';
import type {
  CommandAnswer,
  JobSettings,
  MigrationInput,
  MigrationStatus,
  OperateOptions,
  ServerSummary,
} from '../src/model/messages.js';
import type { Operation } from '../src/model/operations.js';
import type { SourceClaim, SourceRecord } from '../src/model/source.js';

/** On a migration: waves and servers as they stand. */
export const migrationStatusQuery = defineQuery<MigrationStatus>('migrationStatus');
/** On a migration: what metrics tell of it. */
export const migrationFiguresQuery = defineQuery<MigrationFigures>('migrationFigures');
/** On a job: its full record, with findings, changes and times. */
export const jobStatusQuery = defineQuery<ServerSummary>('jobStatus');

/** On a job: what an operator asks of it, answered by the table of src/model/operations.ts. */
export const operateUpdate = defineUpdate<CommandAnswer, [operation: Operation, options?: OperateOptions]>(
  'operate',
);
/** On a migration: the same for a server whose job has not started. */
export const operateServerUpdate = defineUpdate<
  CommandAnswer | 'its job has started' | 'its job has ended',
  [operation: Operation, server: string]
>('operateServer');
/** On a migration: take an edited inventory, as a whole or not at all; null: it is about to end, and takes nothing. */
export const editUpdate = defineUpdate<CommandAnswer | null, [input: MigrationInput]>('edit');
/** From a migration to a job: the inventory was edited. */
export const settingsSignal = defineSignal<[JobSettings]>('settings');
/** On a migration: let a gated wave start. */
export const approveUpdate = defineUpdate<CommandAnswer, [wave: string]>('approve');
/** From a migration to a job: stop sending for now, the window of its wave has closed. */
export const holdSignal = defineSignal<[by: string]>('hold');
/** From a migration to a job that stood still: there is a place for it. */
export const admitSignal = defineSignal<[by: string]>('admit');

/** From a job to its migration, at each change. */
export const serverChangedSignal = defineSignal<[ServerSummary]>('serverChanged');

/** On a migration: look now whether a job in flight was ended from outside; it does so by itself every few minutes. */
export const lookForLostJobsSignal = defineSignal<[by: string]>('lookForLostJobs');

/** On a source: take its lock for a job, from an abandoned holder if named; answers the holder's id. */
export const claimUpdate = defineUpdate<string, [claim: SourceClaim, abandoned: string | null]>('claim');
/** On a source: the job with this id no longer holds it. */
export const releaseSignal = defineSignal<[job: string]>('release');
/** On a source: forget it. Refused while an unfinished job holds it. */
export const deleteSourceUpdate = defineUpdate<CommandAnswer, [id: string]>('deleteSource');
export const sourceRecordQuery = defineQuery<SourceRecord>('sourceRecord');

export const searchAttributes = {
  migration: defineSearchAttributeKey('FleetliftMigration', 'KEYWORD'),
  wave: defineSearchAttributeKey('FleetliftWave', 'KEYWORD'),
  server: defineSearchAttributeKey('FleetliftServer', 'KEYWORD'),
  status: defineSearchAttributeKey('FleetliftStatus', 'KEYWORD'),
  phase: defineSearchAttributeKey('FleetliftPhase', 'KEYWORD'),
  step: defineSearchAttributeKey('FleetliftStep', 'KEYWORD'),
};
