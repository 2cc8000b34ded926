/** A job's logs that Temporal has: its history, as lines. They are there wherever Temporal is reached, relay or not. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { LogText } from '../model/activities.js';
import type { PassStatus } from '../model/transfer.js';
import { ourPayload } from './ourPayload.js';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** What a job did, step by step, and what its transfers said on the source; both grow at their ends only. */
export async function historyLogs(client: Client, job: string): Promise<LogText[]> {
  const { events } = await client.workflow.getHandle(job).fetchHistory();
  const teller = new Teller(client, job);
  const steps: string[] = [];
  const source: string[] = [];
  for (const event of events ?? []) {
    const told = await teller.tell(event);
    if (told !== null) steps.push(told);
    const said = await teller.passOf(event);
    if (said !== null) source.push(said);
  }
  return [logText('log/steps.log', steps), logText('log/source.log', source)].filter(({ end }) => end > 0);
}

function logText(name: string, lines: readonly string[]): LogText {
  const text = lines.map((line) => `${line}\n`).join('');
  return { name, text, end: Buffer.byteLength(text) };
}

interface Scheduled {
  readonly id: string;
  readonly type: string;
  readonly what: string;
  readonly atMs: number;
}

/** Tells one event after the other, in their order: the end of an activity names its beginning by a number. */
class Teller {
  private readonly scheduled = new Map<string, Scheduled>();

  constructor(
    private readonly client: Client,
    private readonly job: string,
  ) {}

  /** The line of an event; null: it is nothing that the job did. */
  async tell(event: HistoryEvent): Promise<string | null> {
    const what = await this.words(event);
    return what === null ? null : `${new Date(timeMs(event)).toISOString()} ${what.replaceAll(/\s+/g, ' ')}`;
  }

  /** What a transfer said on the source, once it has ended. */
  async passOf(event: HistoryEvent): Promise<string | null> {
    const completed = event.activityTaskCompletedEventAttributes;
    const activity = this.endedBy(completed);
    if (activity?.type !== 'runPass') return null;
    const status = await this.decode<PassStatus>(completed?.result?.payloads?.[0], activity.id);
    if (status === null) return null;
    const head = `${new Date(timeMs(event)).toISOString()} ${activity.what}: ${status.state}`;
    const filesystems = status.filesystems.map(
      ({ id, exitCode, files, totalBytes, sentBytes }) =>
        `  ${id}: rsync ended with ${exitCode}; ${files} files, ${totalBytes} bytes, ${sentBytes} of them sent`,
    );
    const errors = status.errorTail.split('\n').filter((line) => line.trim() !== '');
    return [head, ...filesystems, ...errors.map((line) => `  ${line}`)].join('\n');
  }

  private async words(event: HistoryEvent): Promise<string | null> {
    const begun = event.activityTaskScheduledEventAttributes;
    if (begun) {
      const id = begun.activityId ?? '';
      const type = begun.activityType?.name ?? '';
      const summary = await this.decode<string>(event.userMetadata?.summary, id);
      const what = summary === null ? type : `${type}: ${summary}`;
      this.scheduled.set(String(event.eventId), { id, type, what, atMs: timeMs(event) });
      return what;
    }
    const failed = event.activityTaskFailedEventAttributes;
    if (failed) {
      const code = failed.failure?.applicationFailureInfo?.type ?? '';
      return this.ended(event, failed, `failed: ${code} ${failed.failure?.message ?? ''}`);
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) return this.ended(event, completed, 'done');
    const stopped = event.activityTaskCanceledEventAttributes;
    if (stopped) return this.ended(event, stopped, 'stopped');
    const silent = event.activityTaskTimedOutEventAttributes;
    if (silent) return this.ended(event, silent, 'gave no answer in time: its worker is away');
    const timer = event.timerStartedEventAttributes;
    if (timer) return `waits ${Number(timer.startToFireTimeout?.seconds ?? 0)} s at most`;
    const asked = event.workflowExecutionUpdateAcceptedEventAttributes;
    if (asked) {
      const words =
        (await this.decode<unknown>(asked.acceptedRequest?.input?.args?.payloads?.[0], null)) ?? '';
      return `the operator asks: ${typeof words === 'string' ? words : JSON.stringify(words)}`;
    }
    if (event.workflowExecutionStartedEventAttributes) return 'the job begins, or goes on in a new run';
    if (event.workflowExecutionCompletedEventAttributes) return 'the job has ended';
    if (event.workflowExecutionTerminatedEventAttributes) return 'the job was ended from outside';
    return null;
  }

  private ended(event: HistoryEvent, by: { scheduledEventId?: unknown }, outcome: string): string | null {
    const activity = this.endedBy(by);
    if (activity === null) return null;
    const seconds = (timeMs(event) - activity.atMs) / 1000;
    return `${activity.what}: ${outcome} (${seconds.toFixed(1)} s)`;
  }

  private endedBy(by: { scheduledEventId?: unknown } | null | undefined): Scheduled | null {
    return (by && this.scheduled.get(String(by.scheduledEventId))) ?? null;
  }

  /** Null where there is nothing, or what is there is not ours: the job has refused it too. */
  private decode<T>(payload: Payload | null | undefined, activityId: string | null): Promise<T | null> {
    return ourPayload<T>(this.client, this.job, activityId, payload ? [payload] : null);
  }
}

function timeMs({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
}
