// Writes the documentation that is generated: docs/errors.md. Needs a build before.
import { writeFileSync } from 'node:fs';
import { renderErrors } from '../dist/src/errors/renderErrors.js';

writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrors());
