import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, Scalar, YAMLMap } from 'yaml';
import type { FieldPath, InventoryProblem } from './problems.js';
import { expandVariables } from './variables.js';

/** Nodes of the file's value, aliases counted as often as they are used: far above any real fleet. */
const MAX_NODES = 500_000;

/** A YAML file as a value, with the place of every field in it. */
export interface InventoryDocument {
  readonly value: unknown;
  /** What is wrong with the YAML itself or with its variables. */
  readonly problems: readonly InventoryProblem[];
  /** Names of the environment variables whose values stand in {@link value}. */
  readonly variables: ReadonlySet<string>;
  /** Place of a field's key or value; of its nearest parent, if the field is not there. */
  place(path: FieldPath, at?: 'key' | 'value'): { line: number; column: number };
  /** A scalar as it stands in the file, variables not expanded; null: the field is no scalar. */
  source(path: FieldPath): string | null;
  /** Whether a variable or an alias of this value could not be expanded, so that its value means nothing. */
  unexpanded(path: FieldPath): boolean;
}

/**
 * Reads one YAML 1.2 document. Never throws: what is wrong stands in `problems`, and after a syntax error the value
 * is `undefined`.
 */
export function readDocument(text: string, file: string, env: NodeJS.ProcessEnv): InventoryDocument {
  const reader = new DocumentReader(text, file, env);
  try {
    reader.read();
  } catch (error) {
    // The parser and the walk below are recursive: the stack is what limits the depth.
    if (!(error instanceof RangeError)) throw error;
    reader.fail(0, 'the file is nested too deeply, or its aliases make it too large');
  }
  return reader;
}

type Place = { line: number; column: number };
type AnyNode = Node | null | undefined;
type Entry = { key: AnyNode; value: AnyNode };

class DocumentReader implements InventoryDocument {
  value: unknown = undefined;
  readonly problems: InventoryProblem[] = [];
  readonly variables = new Set<string>();
  private readonly lines = new LineCounter();
  private root: AnyNode = null;
  private nodes = 0;
  private readonly anchors = new Map<string, Node>();
  private readonly targets = new Map<Node, Node>();
  /** Values and node counts of anchored nodes; null while they are being read. */
  private readonly anchored = new Map<Node, { value: unknown; nodes: number } | null>();
  private readonly entries = new Map<YAMLMap, Map<string, Entry>>();
  private readonly failed = new Set<AnyNode>();

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  read(): void {
    const document = parseDocument(this.text, {
      lineCounter: this.lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
    });
    const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
      at: pos[0],
      message,
    }));
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('too deep');
    // In a flow collection YAML takes the brace of ${NAME} for its own; what follows are only consequences.
    const variables = faults.filter(({ at }) => this.text.slice(at - 1, at + 1) === '${');
    for (const { at } of variables) this.fail(at - 1, 'a ${NAME} between { } or [ ] must stand in quotes');
    if (variables.length === 0) for (const { at, message } of faults) this.fail(at, message);
    if (this.problems.length > 0) return;
    this.root = document.contents;
    this.value = this.valueOf(this.root);
  }

  fail(offset: number, message: string, hint: string | null = null): void {
    const { line, col } = this.lines.linePos(offset);
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
    this.problems.push({ file: this.file, ...place, code: 'E-INVENTORY', message, hint });
  }

  place(path: FieldPath, at: 'key' | 'value' = 'value'): Place {
    const { key, value } = this.find(path);
    const node = at === 'key' ? key : value;
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  source(path: FieldPath): string | null {
    const node = this.target(this.find(path).value);
    return isScalar(node) ? (node.source ?? String(node.value)) : null;
  }

  unexpanded(path: FieldPath): boolean {
    const { value } = this.find(path);
    return this.failed.has(value) || this.failed.has(this.target(value));
  }

  private find(path: FieldPath): Entry {
    let entry: Entry = { key: this.root, value: this.root };
    for (const step of path) {
      const parent = this.target(entry.value);
      const child = isMap(parent)
        ? this.entries.get(parent)?.get(String(step))
        : isSeq(parent)
          ? sequenceEntry(parent.items[Number(step)])
          : undefined;
      if (child === undefined) return entry;
      entry = child;
    }
    return entry;
  }

  private target(node: AnyNode): AnyNode {
    return isAlias(node) ? this.targets.get(node) : node;
  }

  private valueOf(node: AnyNode): unknown {
    this.count(1);
    if (isAlias(node)) return this.aliased(node, node.source);
    if (isScalar(node)) return this.keep(node, () => this.scalar(node));
    if (isMap(node)) return this.keep(node, () => this.map(node));
    if (isSeq(node)) return this.keep(node, () => node.items.map((item) => this.valueOf(item as Node)));
    return null;
  }

  /** Remembers the value of an anchored node, since an alias always stands behind its anchor. */
  private keep(node: Node & { anchor?: string | undefined }, read: () => unknown): unknown {
    if (node.anchor === undefined) return read();
    this.anchors.set(node.anchor, node);
    this.anchored.set(node, null);
    const before = this.nodes;
    const value = read();
    this.anchored.set(node, { value, nodes: this.nodes - before });
    return value;
  }

  private aliased(alias: Node, anchor: string): unknown {
    const target = this.anchors.get(anchor);
    const known = target === undefined ? undefined : this.anchored.get(target);
    if (target === undefined || known === undefined || known === null) {
      const why = target === undefined ? 'has no anchor before it' : 'stands inside its own anchor';
      this.failed.add(alias);
      this.fail(alias.range?.[0] ?? 0, `alias "*${anchor}" ${why}`);
      return null;
    }
    this.targets.set(alias, target);
    this.count(known.nodes);
    return known.value;
  }

  private count(nodes: number): void {
    this.nodes += nodes;
    if (this.nodes > MAX_NODES) throw new RangeError('too many nodes');
  }

  private map(node: YAMLMap): unknown {
    const entries = new Map<string, Entry>();
    const fields: [string, unknown][] = [];
    this.entries.set(node, entries);
    for (const pair of node.items) {
      const key = pair.key as Node;
      const value = pair.value as Node | null;
      const name = isScalar(key) ? String(key.value) : '';
      if (entries.has(name)) {
        this.fail(key.range?.[0] ?? 0, `field "${name}" stands here twice`, 'Keep one of them.');
        continue;
      }
      entries.set(name, { key, value: value ?? key });
      fields.push([name, this.valueOf(value)]);
    }
    // Unlike an assignment, this also keeps a field called __proto__ an ordinary, and so an unknown, field.
    return Object.fromEntries(fields);
  }

  private scalar(node: Scalar): unknown {
    if (typeof node.value !== 'string') return node.value;
    const { text, used, faults } = expandVariables(node.value, this.env);
    for (const fault of faults) {
      this.failed.add(node);
      this.fail(this.offsetIn(node, fault.reference), fault.message, fault.hint);
    }
    for (const name of used) this.variables.add(name);
    // As if the variable's value stood in the file.
    return text === '' && node.type === 'PLAIN' ? null : text;
  }

  /** Where a part of a scalar stands; the scalar's start, where escapes or folded lines hide it. */
  private offsetIn(node: Scalar, part: string): number {
    const [start, end] = node.range ?? [0, 0];
    const offset = this.text.slice(start, end).indexOf(part);
    return offset === -1 ? start : start + offset;
  }
}

function sequenceEntry(item: unknown): Entry | undefined {
  return item === undefined ? undefined : { key: item as Node, value: item as Node };
}
