// What failed in a part of the test suite, so that the last screen of a log tells it.
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Lines of one failure's message that are shown; the whole stands where it happened. */
const SHOWN_LINES = 6;

/**
 * The failures of vitest's JSON report, each with file, test and message; a file of which no test failed but which did
 * (it could not be loaded, a hook of it threw) is one without a test.
 */
export function failuresOf({ testResults }, root = process.cwd()) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') {
      return [{ file, test: null, message: message || 'a hook failed, or what runs before its tests' }];
    }
    return failed.map(({ ancestorTitles, title, failureMessages }) => ({
      file,
      test: [...ancestorTitles, title].join(' > '),
      message: failureMessages.join('\n'),
    }));
  });
}

/** Why a part failed that has no failed test to show for it. */
export function partFailure({ status, signal }, hasTests) {
  const end = signal === null ? `exit status ${status}` : `ended by ${signal}`;
  return { file: null, test: null, message: hasTests ? `${end}, and no test failed: see its output` : end };
}

/** A list of failures to print: part, file and test, then the first lines of the message. */
export function failureLines(part, failures) {
  return failures.flatMap(({ file, test, message }) => [
    `✗ ${[part, file, test].filter((one) => one !== null).join('  ')}`,
    ...firstLines(message).map((line) => `    ${line}`),
  ]);
}

function firstLines(message) {
  const lines = stripVTControlCharacters(message).split('\n');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  const told = (stack > 0 ? lines.slice(0, stack) : lines).filter((line) => line.trim() !== '');
  const where = stack > 0 ? lines.slice(stack, stack + 1).map((line) => line.trim()) : [];
  return [
    ...told.slice(0, SHOWN_LINES),
    ...(told.length > SHOWN_LINES ? [`… ${told.length - SHOWN_LINES} lines more`] : []),
    ...where,
  ];
}
