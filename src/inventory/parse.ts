import type { Fleet } from '../model/fleet.js';
import { buildFleet } from './build.js';
import { checkDependencies } from './checks/dependencies.js';
import { readExcludeFolders } from './checks/excludes.js';
import { checkFields } from './checks/fields.js';
import { checkMachines } from './checks/machines.js';
import { checkNames } from './checks/names.js';
import { checkQuiesce } from './checks/quiesce.js';
import { checkSecrets } from './checks/secrets.js';
import { checkSubformat } from './checks/subformat.js';
import { assignWaves } from './checks/waves.js';
import { readDocument, type InventoryDocument } from './document.js';
import type { ReadExcludes } from './excludeFiles.js';
import { outlineOf } from './outline.js';
import { InventoryErrors, type InventoryProblem, type Issue } from './problems.js';

/** Temporal refuses payloads above 2 MB, and the fleet does not travel alone. */
const LARGEST_FLEET_BYTES = 1_500_000;

export interface ParseOptions {
  /** Name of the inventory file, for messages. */
  readonly file: string;
  /** Where `${NAME}` comes from. */
  readonly env: NodeJS.ProcessEnv;
  readonly readExcludes: ReadExcludes;
}

/**
 * Reads an inventory.
 *
 * @throws {InventoryErrors} with everything that is wrong with it
 */
export function parseFleet(text: string, options: ParseOptions): Fleet {
  const { file } = options;
  const document = readDocument(text, file, options.env);
  if (document.value === undefined) throw new InventoryErrors(document.problems, file);
  if (document.value === null) throw new InventoryErrors([emptyFile(file)], file);

  const sourceOf = document.source.bind(document);
  const fields = checkFields(document.value, sourceOf);
  const outline = outlineOf(document.value);
  const assignment = assignWaves(outline);
  const folders = readExcludeFolders(document.value, options.readExcludes);
  const issues = [
    ...fields.issues,
    ...checkNames(outline),
    ...assignment.issues,
    ...checkDependencies(outline, assignment),
    ...checkMachines(outline),
    ...checkQuiesce(outline),
    ...checkSubformat(outline),
    ...checkSecrets(document.value, document.variables, sourceOf, options.env),
    ...folders.issues,
  ];
  const problems = [...document.problems, ...placed(issues, document, file), ...folders.problems];
  if (problems.length > 0 || fields.raw === null) throw new InventoryErrors(problems, file);

  const fleet = buildFleet(fields.raw, assignment.servers, folders.rules);
  const bytes = Buffer.byteLength(JSON.stringify(fleet));
  if (bytes > LARGEST_FLEET_BYTES) throw new InventoryErrors([tooLarge(bytes, file)], file);
  return fleet;
}

/** What a check says of a value whose variable is not set would only repeat that. */
function placed(issues: readonly Issue[], document: InventoryDocument, file: string): InventoryProblem[] {
  return issues
    .filter((issue) => !document.unexpanded(issue.path))
    .map(({ path, at, code, message, hint }) => ({
      file,
      ...document.place(path, at),
      code: code ?? 'E-INVENTORY',
      message,
      hint: hint ?? null,
    }));
}

function emptyFile(file: string): InventoryProblem {
  const message = 'the inventory is empty';
  return { file, line: 1, column: 1, code: 'E-INVENTORY', message, hint: 'Begin with: fleetlift init' };
}

function tooLarge(bytes: number, file: string): InventoryProblem {
  return {
    file,
    line: 0,
    column: 0,
    code: 'E-INVENTORY',
    message: `the fleet takes ${bytes} bytes, and Temporal carries ${LARGEST_FLEET_BYTES}`,
    hint: 'Move what servers share to defaults, or split the inventory.',
  };
}
