import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,workflows,activities,agent,lab,test/unit}/**/*.test.ts'],
          exclude: ['**/*.workflow.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'workflows',
          include: ['{workflows,test}/**/*.workflow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
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
