import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';

const pathOf = (module: string): string => new URL(`../../workflows/${module}`, import.meta.url).pathname;

/** The production workflows out of their sources, as scripts/build.mjs bundles them. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: pathOf('index.ts'),
    workflowInterceptorModules: [pathOf('interceptors.ts')],
    webpackConfigHook: (config) => ({
      ...config,
      // Sources import each other by their compiled endings.
      resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
    }),
    logger: new DefaultLogger('WARN'),
  });
}
