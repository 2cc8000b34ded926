/** A real Prometheus with the rules of deploy/prometheus, and questions to it. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';
import { waitFor } from '../../lab/waitFor.js';
import { SYSTEM_PATH } from './environment.js';
import { Program } from './Program.js';
import { on, STATIONS, type Station } from './stations.js';

const READY_MS = 30_000;
/** Two of its scrapes, and the evaluation after them. */
export const SCRAPED_MS = 60_000;
/** As often as a page is scraped. */
const STEP_MS = 15_000;

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** In the order of time; never empty. */
  readonly values: readonly number[];
}

export class Prometheus {
  private readonly url = `http://${STATIONS.prometheus.address}:9090`;

  private constructor() {}

  /**
   * Scrapes those machines as the compose file's does its containers.
   * @param keep - told of the program as soon as it runs
   */
  static async start(
    folder: string,
    targets: readonly Station[],
    keep: (program: Program) => void,
  ): Promise<Prometheus> {
    const config = join(folder, 'prometheus');
    await cp(join(PROJECT_DIR, 'deploy', 'prometheus'), config, { recursive: true });
    // JSON is YAML.
    const addresses = targets.map(({ address }) => `${address}:9464`);
    await writeFile(join(config, 'targets', 'compose.yml'), JSON.stringify([{ targets: addresses }]));
    const words = [
      join(PROJECT_DIR, '.cache', 'bin', 'prometheus'),
      `--config.file=${join(config, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'prometheus-data')}`,
      `--web.listen-address=${STATIONS.prometheus.address}:9090`,
    ];
    const program = Program.start('prometheus', on(STATIONS.prometheus, words), {
      log: join(folder, 'prometheus.log'),
      env: { PATH: SYSTEM_PATH },
    });
    keep(program);
    const started = new Prometheus();
    await waitFor('Prometheus', READY_MS, async () => {
      const answer = await fetch(`${started.url}/-/ready`).catch(() => null);
      return answer?.ok === true;
    });
    return started;
  }

  /** What a query gives now. */
  async query(query: string): Promise<Sample[]> {
    const result = (await this.ask('query', { query })) as {
      metric: Record<string, string>;
      value: [number, string];
    }[];
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** What a query gives over a time, each 15 s; the last value is that of its end. */
  async series(query: string, fromMs: number, toMs: number): Promise<Series[]> {
    const steps = Math.floor((toMs - fromMs) / STEP_MS);
    const result = (await this.ask('query_range', {
      query,
      start: String((toMs - steps * STEP_MS) / 1000),
      end: String(toMs / 1000),
      step: String(STEP_MS / 1000),
    })) as { metric: Record<string, string>; values: [number, string][] }[];
    return result.map(({ metric, values }) => ({ metric, values: values.map(([, value]) => Number(value)) }));
  }

  /** The values that a label has had on the series of a selector, over a time. */
  async labelValues(selector: string, label: string, fromMs: number, toMs: number): Promise<string[]> {
    const [start = '', end = ''] = [fromMs / 1000, toMs / 1000].map(String);
    return (await this.get(`label/${label}/values`, { 'match[]': selector, start, end })) as string[];
  }

  private async ask(what: string, parameters: Record<string, string>): Promise<unknown[]> {
    return ((await this.get(what, parameters)) as { result?: unknown[] }).result ?? [];
  }

  /** @throws Error with what Prometheus says against it */
  private async get(what: string, parameters: Record<string, string>): Promise<unknown> {
    const words = new URLSearchParams(parameters).toString();
    const response = await fetch(`${this.url}/api/v1/${what}?${words}`);
    const answer = (await response.json()) as { status: string; error?: string; data?: unknown };
    if (answer.status !== 'success') throw new Error(`${words}: ${answer.error ?? ''}`);
    return answer.data ?? [];
  }
}
