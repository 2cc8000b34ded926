import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,workflows,activities,agent,lab,test/support,test/faults}/**/*.test.ts',
            'scripts/*.test.mjs',
          ],
          exclude: ['**/*.workflow.test.ts', '**/*.system.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['{src,activities,agent,test/support}/**/*.system.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['lab/**/*.system.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'workflows',
          include: ['{workflows,test}/**/*.workflow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file has a Temporal of its own, and waits for it part of the time.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'fleet',
          include: ['test/fleet/**/*.e2e.ts'],
          testTimeout: 2_400_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
          bail: 0,
        },
      },
    ],
  },
});
