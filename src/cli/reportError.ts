import { printable } from '../console/text.js';
import type { FleetliftError } from '../errors/FleetliftError.js';
import type { Output } from './output.js';

/** Prints an error the same way for every command: code, message, and what to do; with `--json` as a document too. */
export function reportError(error: FleetliftError, output: Output): void {
  const problems = problemsOf(error);
  output.document({
    error: {
      code: error.code,
      message: error.message,
      remedy: error.remedy,
      retryable: error.retryable,
      ...(problems === null ? {} : { problems }),
    },
  });
  const message = printable(error.message);
  if (problems !== null) {
    const count = `${problems.length} error${problems.length === 1 ? '' : 's'}`;
    output.note(message, `fleetlift: ${error.code}: ${count}. Nothing was started.`);
  } else {
    output.note(`fleetlift: ${error.code}: ${message}`);
  }
  output.note(`  → ${printable(error.remedy)}`);
}

/** The single problems of an inventory, which its error carries. */
function problemsOf(error: FleetliftError): readonly unknown[] | null {
  const { errors } = error as { errors?: unknown };
  return Array.isArray(errors) ? errors : null;
}
