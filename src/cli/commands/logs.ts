import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { printable } from '../../console/text.js';
import type { LogText } from '../../model/activities.js';
import type { Relay } from '../../model/fleet.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { parseJob } from '../jobNames.js';
import { logFileName } from '../logFileName.js';
import { latestJob } from '../latestJob.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';
import { writeOutput } from '../writeOutput.js';

interface LogsOptions {
  file?: string;
  dir?: string;
  list?: boolean;
  follow?: boolean;
}

export const logs: CommandSpec<LogsOptions> = {
  name: 'logs',
  summary: 'show the logs of a server',
  description:
    'Its steps and what its transfers said (log/steps.log, log/source.log) come from Temporal, the rest from its relay: what the receiver wrote, and the serial consoles of its boots, also of one that runs. The latest job of the server counts.',
  arguments: [{ syntax: '<server>', description: 'name of the server, or id of a job' }],
  options: [
    { flags: '--list', description: 'only the names of the logs' },
    { flags: '--file <name>', description: 'only this log' },
    { flags: '--dir <dir>', description: 'write them as files into this folder' },
    { flags: '--follow', description: 'go on showing what is new until the job has ended, or Ctrl-C' },
  ],
  examples: [
    { command: 'logs web3', does: 'all of them, one after the other' },
    { command: 'logs web3 --list', does: 'which there are' },
    { command: 'logs web3 --dir web3-logs', does: 'as files' },
    { command: 'logs web3 --follow --file log/steps.log', does: 'one of them, live' },
  ],
  exitCodes: [EXIT.detached],
  async run(context, [server = ''], options): Promise<ExitCode> {
    if (
      options.follow === true &&
      (context.output.json || options.dir !== undefined || options.list === true)
    ) {
      throw usageError(
        '--follow shows text, and goes with none of --json, --dir and --list',
        'leave one of them out',
      );
    }
    const { client } = await context.session.connectRunning();
    const job = await latestJob(context, client, server);
    const relay = await relayOf(context, client, job);
    const isWanted = ({ name }: LogText): boolean => options.file === undefined || name === options.file;
    const [{ fetchLogs }, { historyLogs }, { isOpen }] = await Promise.all([
      import('../../temporal/tasks.js'),
      import('../../temporal/historyLogs.js'),
      import('../../temporal/isOpen.js'),
    ]);
    const texts = [...(await historyLogs(client, job)), ...(await fetchLogs(client, parseJob(job), relay))];
    const wanted = texts.filter(isWanted);
    if (wanted.length === 0 && !(options.follow === true && (await isOpen(client, job)))) {
      throw nothingFound(job, texts, options.file);
    }
    if (options.follow === true) {
      const { followLogs } = await import('../followLogs.js');
      return followLogs(context, client, { job, relay, isWanted }, texts);
    }
    show(context, job, wanted, options);
    return EXIT.done;
  },
};

function show(
  { output }: CommandContext,
  job: string,
  texts: readonly LogText[],
  options: LogsOptions,
): void {
  if (options.dir !== undefined) {
    const files = texts.map((log) => writeLog(options.dir ?? '.', log));
    output.print(...files);
    output.document({ job, files });
    return;
  }
  if (options.list === true) {
    output.print(...texts.map(({ name }) => printable(name)));
    output.document({ job, logs: texts.map(({ name }) => name) });
    return;
  }
  output.print(
    ...texts.flatMap(({ name, text }) => [`==> ${printable(name)} <==`, printable(text).trimEnd(), '']),
  );
  output.document({ job, logs: texts });
}

function writeLog(dir: string, { name, text }: LogText): string {
  const file = join(dir, logFileName(name));
  writeOutput(file, text);
  return file;
}

/** The relay that serves a job, as the job was started with; else the only one of its migration. */
async function relayOf(context: CommandContext, client: Client, job: string): Promise<Relay> {
  const { jobInput } = await import('../../temporal/jobs.js');
  const input = await jobInput(client, job);
  if (input !== null) return input.relay;
  throw usageError(
    `Temporal no longer knows ${job}, so its relay is not known`,
    `look on the relay itself, in jobs/${job.slice('job/'.length)}; in the embedded service: ${context.layout.relayDir}`,
  );
}

function nothingFound(job: string, texts: readonly LogText[], file: string | undefined): Error {
  if (file === undefined) {
    return usageError(
      `${job} has no logs: they begin with its sync, and are removed when it is cancelled`,
      `fleetlift jobs show ${job}`,
    );
  }
  const names = texts.map(({ name }) => name).join(', ');
  return usageError(`${job} has no log "${file}", but ${names}`, `fleetlift logs ${job} --list`);
}
