import { expect, it } from 'vitest';
import { runTool } from './relay/runTool.js';
import { toolEnvironment } from './toolEnvironment.js';

it('a tool is told nothing that it need not know', async () => {
  const env = { PATH: '/bin', DB1_PASSWORD: 'hunter2', TEMPORAL_ADDRESS: 'elsewhere:7233' };
  expect(toolEnvironment(env)).toEqual({ PATH: '/bin', LC_ALL: 'C' });
  process.env['FLEETLIFT_TEST_PASSWORD'] = 'hunter2';
  try {
    expect((await runTool('env', [])).stdout).not.toContain('hunter2');
  } finally {
    delete process.env['FLEETLIFT_TEST_PASSWORD'];
  }
});
