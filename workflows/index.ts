/** Everything a worker bundles. */
export { deleteJobWorkflow } from './deleteJob.js';
export { doctorWorkflow } from './doctor.js';
export { drillWorkflow } from './drill.js';
export { readLogsWorkflow, readScreenshotsWorkflow } from './logs.js';
export { migrationWorkflow } from './migration.js';
export { scheduledWaveWorkflow } from './scheduledWave.js';
export { jobWorkflow } from './server.js';
export { sourceWorkflow } from './source.js';
