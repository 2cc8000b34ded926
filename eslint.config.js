import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import { builtinModules } from 'node:module';

/** One restriction of what a layer may import, with the reason that the message gives. */
const layer = (files, patterns) => ({
  files,
  ignores: ['**/*.test.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});
const allBut = (allowed) => ({ regex: `^(\\.\\./)+src/(?!${allowed})`, allowTypeImports: true });

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', 'lab/.state/**', 'lab/.cache/**', 'demo/**'] },
  js.configs.recommended,
  { files: ['**/*.ts'], extends: [tseslint.configs.strictTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { typescript: true, node: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-cycle': 'error',
      'no-control-regex': 'off',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', 'bin/*'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
  layer(
    ['workflows/**/*.ts'],
    [
      {
        group: [...builtinModules, 'node:*'],
        message: 'Workflow code is replayed: it may not touch Node. Do it in an activity.',
      },
      {
        regex: '^(\\.\\./)+activities/',
        allowTypeImports: true,
        message: 'Workflows know activities by their types only; they are called through proxyActivities.',
      },
      {
        ...allBut('(model|errors)/'),
        message:
          'Workflows may run only the pure code of src/model and src/errors; import other things as types.',
      },
    ],
  ),
  layer(
    ['activities/**/*.ts'],
    [
      {
        regex: 'src/(cli|service)/',
        message: 'Nothing imports the CLI or the service: they are entry points.',
      },
      {
        regex: '^(\\.\\./)+workflows/(?!messages)',
        allowTypeImports: true,
        message: 'Activities do not run workflow code.',
      },
    ],
  ),
  layer(
    ['src/!(cli|service)/**/*.ts'],
    [
      { regex: '/(cli|service)/', message: 'Nothing imports the CLI or the service: they are entry points.' },
      { regex: '^(\\.\\./)+activities/', allowTypeImports: true, message: 'src does not know activities.' },
    ],
  ),
  layer(
    ['src/{model,errors}/**/*.ts'],
    [
      {
        group: [...builtinModules, 'node:*'],
        message: 'src/model and src/errors run inside workflows too: no Node.',
      },
    ],
  ),
);
