import { metrics, registry } from './registry.js';

/** A part of the page that is asked for when somebody reads it. */
export interface PagePart {
  readonly name: string;
  /** Brings its series up to date. @throws where something of it could not be asked for */
  readonly refresh: () => Promise<void>;
}

export interface PageOptions {
  readonly parts: readonly PagePart[];
  /** `/metrics` of the Temporal SDK of this process; null: it has none. */
  readonly sdkUrl: string | null;
  readonly onFailure: (part: string, error: unknown) => void;
}

/** Less than the 10 s that Prometheus gives a page by default. */
const SDK_TIMEOUT_MS = 3_000;

/**
 * Makes the text of `/metrics`: ours, then the Temporal SDK's own. A part that fails is told by
 * `fleetlift_scrape_incomplete` and does not keep the others back. Who comes while it is made gets the same, so that
 * many readers cost Temporal as little as one.
 */
export function metricsPage(options: PageOptions): () => Promise<string> {
  let making: Promise<string> | null = null;
  return () =>
    (making ??= make(options).finally(() => {
      making = null;
    }));
}

async function make({ parts, sdkUrl, onFailure }: PageOptions): Promise<string> {
  const tryTo = async <T>(part: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      const done = await work();
      metrics.scrapeIncomplete.set({ part }, 0);
      return done;
    } catch (error) {
      metrics.scrapeIncomplete.set({ part }, 1);
      onFailure(part, error);
      return null;
    }
  };
  const [sdk] = await Promise.all([
    sdkUrl === null ? '' : tryTo('temporal-sdk', () => sdkMetrics(sdkUrl)),
    ...parts.map(({ name, refresh }) => tryTo(name, refresh)),
  ]);
  const own = await registry.metrics();
  return sdk === null || sdk === '' ? own : `${own}\n${sdk}`;
}

async function sdkMetrics(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(SDK_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`the Temporal SDK's metrics answered ${answer.status}`);
  return answer.text();
}
