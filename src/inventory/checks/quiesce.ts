import { fieldsOf, listOf, valueAt, type Outline } from '../outline.js';
import type { Issue } from '../problems.js';

const HINT = 'Set sync.mode to incremental, or stop the services yourself before the migration.';

/** Services are stopped for the last delta, and a single pass has none: said before a database arrives half-written. */
export function checkQuiesce({ servers, defaults }: Outline): Issue[] {
  const modeOf = (raw: unknown): unknown => valueAt(fieldsOf(raw), ['sync', 'mode']);
  const asks = (raw: unknown): boolean => listOf(valueAt(fieldsOf(raw), ['sync', 'quiesce'])).length > 0;
  const isOnce = (raw: unknown): boolean => (modeOf(raw) ?? modeOf(defaults) ?? 'once') === 'once';
  const message = 'sync.quiesce belongs to sync.mode: incremental';
  const own = servers
    .filter(({ raw }) => asks(raw) && isOnce(raw))
    .map(({ path }): Issue => ({ path: [...path, 'sync', 'quiesce'], at: 'key', message, hint: HINT }));
  const useless = asks(defaults) && servers.every(({ raw }) => isOnce(raw));
  return useless ? [...own, { path: ['defaults', 'sync', 'quiesce'], at: 'key', message, hint: HINT }] : own;
}
