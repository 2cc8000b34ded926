import { printable, renderTable } from '../../console/text.js';
import type { ServerResult } from '../../model/job.js';
import { allJobs } from '../allJobs.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { FILTER_OPTIONS, filterRows, type Filters } from '../filters.js';
import { parseJob } from '../jobNames.js';
import { latestJob } from '../latestJob.js';
import { operateServer } from '../operateServer.js';
import type { CommandSpec } from '../spec.js';
import { asServerResult } from '../summaries.js';
import { usageError } from '../usageError.js';

const list: CommandSpec<Filters> = {
  name: 'list',
  summary: 'list jobs',
  options: FILTER_OPTIONS,
  examples: [
    { command: 'jobs list', does: 'all that are known' },
    { command: 'jobs list --state InError', does: 'those in error' },
    { command: 'jobs list --name web1', does: 'those of one server' },
  ],
  async run(context, _args, filters): Promise<ExitCode> {
    const connected = await context.session.connectIfRunning();
    const { migration } = context.globals;
    const known = (await allJobs(context, connected?.client ?? null)).filter(
      (job) => migration === undefined || job.migration === migration,
    );
    const jobs = filterRows(known, filters, {
      name: ({ server }) => server,
      id: ({ job }) => job,
      state: ({ status }) => status,
      job: ({ job }) => job,
    });
    if (jobs.length === 0)
      context.output.note('no such job is known; start one with: fleetlift migrate INVENTORY');
    else
      context.output.print(
        ...renderTable([
          ['JOB', 'SERVER', 'WAVE', 'STATUS', 'STEP', 'STARTED'],
          ...jobs.map((job) =>
            [job.job, job.server, job.wave, job.status, job.step ?? '', job.startedAt].map(printable),
          ),
        ]),
      );
    context.output.document({ jobs });
    return EXIT.done;
  },
};

const show: CommandSpec = {
  name: 'show',
  summary: 'show all that is known of one job',
  arguments: [{ syntax: '<job>', description: 'id of a job, or name of a server: its latest' }],
  examples: [
    { command: 'jobs show web1', does: 'the latest job of web1' },
    { command: 'jobs show job/dc1-exit/web1/1 --json', does: 'for scripts' },
  ],
  async run(context, [name = '']): Promise<ExitCode> {
    const connected = await context.session.connectIfRunning();
    const job = await latestJob(context, connected?.client ?? null, name);
    const record = await jobRecord(context, job);
    context.output.print(...describe(record));
    context.output.document(record);
    return EXIT.done;
  },
};

const remove: CommandSpec<{ yes?: boolean }> = {
  name: 'delete',
  summary: 'remove all that is kept of one job',
  arguments: [{ syntax: '<job>', description: 'id of a job, or name of a server: its latest' }],
  options: [{ flags: '--yes', description: 'also where finished images are removed' }],
  examples: [
    { command: 'jobs delete job/dc1-exit/web1/1', does: 'one that is stopped, in error or cancelled' },
    { command: 'jobs delete web1 --yes', does: 'a finished one, with its images' },
  ],
  async run(context, [name = ''], options): Promise<ExitCode> {
    const { client } = await context.session.connectExisting();
    const job = await latestJob(context, client, name);
    const record = { phase: null, reason: null, ...(await jobRecord(context, job)) };
    if (record.status === 'Finished' && options.yes !== true) {
      throw usageError(`the images of ${job} would be removed`, `fleetlift jobs delete ${job} --yes`);
    }
    const answer = await operateServer(client, parseJob(job).migration, { operation: 'delete' }, record);
    if (!answer.accepted) throw usageError(answer.message, 'fleetlift jobs list');
    context.output.print(printable(answer.message));
    context.output.document({ job, ...answer });
    return EXIT.done;
  },
};

export const jobs: CommandSpec = {
  name: 'jobs',
  summary: 'list jobs, show or delete one',
  examples: [
    { command: 'jobs list --state Running', does: 'what runs' },
    { command: 'jobs show web1', does: 'one job with findings, times and changes' },
  ],
  subcommands: [list, show, remove],
};

/** By its result file where it has ended, else asked of the job itself. */
async function jobRecord(context: CommandContext, job: string): Promise<ServerResult> {
  const { readAllResults } = await import('../../state/results.js');
  const stored = readAllResults(context.layout).find((result) => result.job === job);
  if (stored !== undefined) return asServerResult(stored);
  const { queryJob } = await import('../../temporal/jobs.js');
  const { client } = await context.session.connectRunning();
  const record = await queryJob(client, job);
  if (record !== null) return record;
  throw usageError(`no job "${job}" is known`, 'fleetlift jobs list');
}

function describe(job: ServerResult): string[] {
  const rows = [
    ['job', job.job],
    ['server', `${job.name} (wave ${job.wave})`],
    ['status', job.step === null ? job.status : `${job.status}, step ${job.step}`],
    ['started', job.startedAt ?? ''],
    ['ended', job.endedAt ?? ''],
    ...(job.error === null
      ? []
      : [
          ['error', `${job.error.code} at ${job.error.step}: ${job.error.message}`],
          ['remedy', job.error.remedy],
        ]),
    ...(job.times ?? []).map(({ step, seconds, outcome }) => [
      'step',
      `${step} ${outcome} in ${seconds.toFixed(1)} s`,
    ]),
    ...(job.findings ?? []).flatMap(({ severity, code, message, remedy }) => [
      ['finding', `${severity} ${code} ${message}`],
      ...(severity === 'information' ? [] : [['', `→ ${remedy}`]]),
    ]),
    ...job.images.map(({ path, sha256 }) => ['image', `${path} sha256 ${sha256}`]),
    ...(job.remarks ?? []).map((remark) => ['remark', remark]),
  ];
  return renderTable(rows.map((row) => row.map(printable)));
}
