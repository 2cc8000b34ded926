import type { Client } from '@temporalio/client';
import { searchAttributes } from '../../../workflows/messages.js';
import { isNotFound } from '../../temporal/failures.js';
import type { Check } from './checks.js';

/** What a job that stands still may need at most (`validDays`), and its clean-up a week later. */
const RETENTION_DAYS = 90;
const DAY_SECONDS = 86_400;

/** What is wrong where Temporal has no such namespace; null: it has it, or does not tell whether. */
export async function unknownNamespace(client: Client, namespace: string): Promise<Check | null> {
  try {
    await client.workflowService.describeNamespace({ namespace });
    return null;
  } catch (error) {
    if (!isNotFound(error)) return null;
    return {
      name: 'namespace',
      state: 'broken',
      message: `this Temporal has no namespace ${namespace}`,
      remedy: `name another one with --namespace or TEMPORAL_NAMESPACE, or make it: temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
    };
  }
}

/** Whether Temporal's namespace has the search attributes that jobs are found by, and remembers long enough. */
export async function checkNamespace(client: Client, namespace: string): Promise<Check[]> {
  return Promise.all([
    unlessRefused('search attributes', () => checkSearchAttributes(client, namespace)),
    unlessRefused('retention', () => checkRetention(client, namespace)),
  ]);
}

async function checkSearchAttributes(client: Client, namespace: string): Promise<Check> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const wanted = Object.values(searchAttributes).map(({ name }): string => name);
  const missing = wanted.filter((name) => customAttributes[name] === undefined);
  const name = 'search attributes';
  if (missing.length === 0) {
    return { name, state: 'ok', message: `all ${wanted.length} are there`, remedy: null };
  }
  const create = missing.map((one) => `--name ${one}`).join(' ');
  return {
    name,
    state: 'broken',
    message: `missing in ${namespace}: ${missing.join(', ')}`,
    remedy: `temporal operator search-attribute create --namespace ${namespace} --type Keyword ${create}`,
  };
}

async function checkRetention(client: Client, namespace: string): Promise<Check> {
  const { config } = await client.workflowService.describeNamespace({ namespace });
  const days = Math.floor(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS);
  const enough = days >= RETENTION_DAYS;
  return {
    name: 'retention',
    state: enough ? 'ok' : 'warning',
    message: `${namespace} remembers ${days} days what has ended`,
    remedy: enough
      ? null
      : `temporal operator namespace update --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
  };
}

/** Who may migrate need not be allowed to look at a namespace: that is told, and nothing is broken by it. */
async function unlessRefused(name: string, ask: () => Promise<Check>): Promise<Check> {
  try {
    return await ask();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { name, state: 'warning', message: `could not be asked for: ${message}`, remedy: null };
  }
}
