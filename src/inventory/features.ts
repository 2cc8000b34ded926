import { fieldsOf, listOf, valueAt } from './outline.js';
import type { FieldPath, Issue } from './problems.js';

/** A field that the schema knows and this version cannot serve yet. */
interface Gate {
  /** Where it stands in `defaults` and in every server. */
  readonly field: readonly string[];
  /** As the message names it. */
  readonly shown: string;
  /** Whether the value asks for the feature; what it does without the feature is let through. */
  readonly asks: (value: unknown) => boolean;
}

const is = (wanted: unknown) => (value: unknown) => value === wanted;

/** A feature that arrives takes its row with it. */
const GATES: readonly Gate[] = [
  { field: ['sync', 'network'], shown: 'sync.network: tunnel', asks: is('tunnel') },
];

/** Every field of an inventory that asks for what is not there yet: refused, never silently ignored. */
export function checkFeatures(value: unknown): Issue[] {
  const root = fieldsOf(value);
  const places: FieldPath[] = [
    ['defaults'],
    ...listOf(root['servers']).map((_, index) => ['servers', index]),
  ];
  return GATES.flatMap((gate) =>
    places.flatMap((place): Issue[] => {
      const path = [...place, ...gate.field];
      if (!gate.asks(valueAt(root, path))) return [];
      const message = `${gate.shown} is not available in this version yet`;
      return [{ path, at: 'key', code: 'E-FEATURE', message, hint: 'Remove it for now.' }];
    }),
  );
}
