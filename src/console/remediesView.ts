import type { ServerSummary } from '../model/messages.js';
import { failureLines } from './resultView.js';

/** Servers in error whose remedy is told; what hundreds want is told by the first ones. */
const TOLD = 20;

/** What those in error want of the operator, while the others go on. */
export function remediesLines(servers: readonly ServerSummary[]): string[] {
  const failed = servers.filter(({ status }) => status === 'InError');
  const rest = failed.length - TOLD;
  return [
    ...failed.slice(0, TOLD).flatMap(failureLines),
    ...(rest > 0 ? [`   … and ${String(rest)} more`] : []),
  ];
}
