/** Entry point of bin/fleetlift. */
import { runCli } from './runCli.js';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const code = await runCli(process.argv.slice(2));
// Output to a pipe is written later: leave when it is out.
process.stdout.write('', () => process.exit(code));
