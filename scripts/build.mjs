// Compiles to dist/ and bundles the workflows once, so that no worker has to do it at its start.
// Does nothing when no source has changed since the last build.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** Every file below the source folders, sorted, so that the hash is the same on every machine. */
function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.name === '.state' || entry.name === '.cache') continue;
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|sh|py|json)$/.test(entry.name)) yield path;
  }
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'tsconfig.json', 'scripts/build.mjs'])
    hash.update(readFileSync(file));
  for (const folder of ['workflows', 'activities', 'src', 'agent', 'lab', 'test']) {
    if (!existsSync(folder)) continue;
    for (const file of sources(folder)) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const stamp = 'dist/.sources';
const wanted = sourceHash();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync('dist/workflow-bundle.js')) {
  process.exit(0);
}
process.stderr.write('set-up: building\n');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: ['ignore', 2, 2],
});

const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'dist/workflows/index.js'),
  workflowInterceptorModules: [join(root, 'dist/workflows/interceptors.js')],
  logger: new DefaultLogger('WARN'),
});
writeFileSync('dist/workflow-bundle.js.new', code);
renameSync('dist/workflow-bundle.js.new', 'dist/workflow-bundle.js');
writeFileSync(stamp, wanted);
