/** What stands in the place of a payload that was not signed as it must be: decoding never fails, so that one bad
 * message cannot hold up a workflow; who receives it refuses it. */
export interface RefusedPayload {
  readonly fleetliftRefused: RefusalReason;
}

/** `unsigned`: without a signature; `forged`: with one that is not by this key for this payload in this place. */
export type RefusalReason = 'unsigned' | 'forged';

/** Why a message must be refused; null: it need not. Every message has an argument, since only payloads are signed. */
export function refusalOf(args: readonly unknown[]): RefusalReason | null {
  if (args.length === 0) return 'unsigned';
  return args.find(isRefused)?.fleetliftRefused ?? null;
}

/** Whether a value stands in the place of a payload that was refused. */
export function isRefused(value: unknown): value is RefusedPayload {
  return typeof value === 'object' && value !== null && 'fleetliftRefused' in value;
}
