import { fieldsOf, listOf, valueAt, type Fields } from './outline.js';
import type { FieldPath, Issue } from './problems.js';

/** A field that the schema knows and this version cannot serve yet. */
interface Gate {
  /** Where it stands: in the settings of `defaults` and of every server, or in one of the other sections. */
  readonly within: 'settings' | 'limits';
  readonly field: readonly string[];
  /** As the message names it. */
  readonly shown: string;
  /** Whether the value asks for the feature; what it does without the feature is let through. */
  readonly asks: (value: unknown) => boolean;
}

const is = (wanted: unknown) => (value: unknown) => value === wanted;
const isSet = (value: unknown) => value !== undefined && value !== null;
const isFilled = (value: unknown) => listOf(value).length > 0;

/** A feature that arrives takes its row with it. */
const GATES: readonly Gate[] = [
  { within: 'settings', field: ['sync', 'mode'], shown: 'sync.mode: incremental', asks: is('incremental') },
  { within: 'settings', field: ['sync', 'network'], shown: 'sync.network: tunnel', asks: is('tunnel') },
  { within: 'settings', field: ['sync', 'rateMbps'], shown: 'sync.rateMbps', asks: isSet },
  { within: 'settings', field: ['sync', 'quiesce'], shown: 'sync.quiesce', asks: isFilled },
  {
    within: 'settings',
    field: ['sync', 'afterCutover'],
    shown: 'sync.afterCutover: restart',
    asks: is('restart'),
  },
  { within: 'limits', field: ['rateMbps'], shown: 'limits.rateMbps', asks: isSet },
];

/** Every field of an inventory that asks for what is not there yet: refused, never silently ignored. */
export function checkFeatures(value: unknown): Issue[] {
  const root = fieldsOf(value);
  return GATES.flatMap((gate) =>
    placesOf(gate.within, root).flatMap((place): Issue[] => {
      const path = [...place, ...gate.field];
      if (!gate.asks(valueAt(root, path))) return [];
      const message = `${gate.shown} is not available in this version yet`;
      return [{ path, at: 'key', code: 'E-FEATURE', message, hint: 'Remove it for now.' }];
    }),
  );
}

function placesOf(within: Gate['within'], root: Fields): FieldPath[] {
  const items = (field: string) => listOf(root[field]).map((_, index) => [field, index]);
  switch (within) {
    case 'settings':
      return [['defaults'], ...items('servers')];
    case 'limits':
      return [['limits']];
  }
}
