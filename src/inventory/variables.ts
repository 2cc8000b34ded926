export interface Expansion {
  readonly text: string;
  /** Names of the variables whose value stands in the text now. */
  readonly used: readonly string[];
  readonly faults: readonly VariableFault[];
}

export interface VariableFault {
  /** As it stands in the file, e.g. `${DC}`. */
  readonly reference: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Puts the values of environment variables in the place of `${NAME}`; `$${` stands for a literal `${`.
 * An expanded value is not expanded again.
 */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): Expansion {
  if (!text.includes('${')) return { text, used: [], faults: [] };
  const used: string[] = [];
  const faults: VariableFault[] = [];
  const expanded = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (reference, name?: string, close?: string) => {
    if (name === undefined) return '${';
    if (close !== '}' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      const message = `"${shortened(reference)}" is not the name of a variable`;
      faults.push({ reference, message, hint: 'Write $${ where ${ itself is meant.' });
      return reference;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) {
      const message = `environment variable "${name}" is not set`;
      faults.push({ reference, message, hint: 'Set it, or write $${ where ${ itself is meant.' });
      return reference;
    }
    used.push(name);
    return value;
  });
  return { text: expanded, used, faults };
}

/**
 * What an expanded text is as a YAML scalar, for fields that hold no text: `port: "${PORT}"` is a number.
 * Only scalars: a variable cannot bring in a list or a map.
 */
export function scalarOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[-+]?(0|[1-9][0-9]{0,14})(\.[0-9]+)?$/.test(text) ? Number(text) : text;
}

function shortened(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 40 || line !== text ? `${line.slice(0, 40)}…` : line;
}
