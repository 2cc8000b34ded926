// Writes what is generated: docs/commands.md, docs/errors.md, docs/metrics.md, docs/operations.md, docs/support.md and the
// dashboards of deploy/grafana.
// Needs a build before.
import { writeFileSync } from 'node:fs';
import { renderCommands } from '../dist/src/cli/renderCommands.js';
import { renderErrors } from '../dist/src/errors/renderErrors.js';
import { DASHBOARDS } from '../dist/src/metrics/dashboards/dashboards.js';
import { renderDashboard } from '../dist/src/metrics/dashboards/render.js';
import { renderMetrics } from '../dist/src/metrics/renderMetrics.js';
import { renderOperations } from '../dist/src/model/renderOperations.js';
import { renderSupport } from '../dist/src/support/renderSupport.js';

writeFileSync(new URL('../docs/commands.md', import.meta.url), await renderCommands());
writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrors());
writeFileSync(new URL('../docs/metrics.md', import.meta.url), renderMetrics());
writeFileSync(new URL('../docs/operations.md', import.meta.url), renderOperations());
writeFileSync(new URL('../docs/support.md', import.meta.url), renderSupport());
for (const dashboard of DASHBOARDS) {
  const file = new URL(`../deploy/grafana/dashboards/${dashboard.uid}.json`, import.meta.url);
  writeFileSync(file, renderDashboard(dashboard));
}
