// Writes the documentation that is generated: docs/errors.md, docs/metrics.md and docs/operations.md. Needs a build before.
import { writeFileSync } from 'node:fs';
import { renderErrors } from '../dist/src/errors/renderErrors.js';
import { renderMetrics } from '../dist/src/metrics/renderMetrics.js';
import { renderOperations } from '../dist/src/model/renderOperations.js';

writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrors());
writeFileSync(new URL('../docs/metrics.md', import.meta.url), renderMetrics());
writeFileSync(new URL('../docs/operations.md', import.meta.url), renderOperations());
