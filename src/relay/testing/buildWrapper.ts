import { execa } from 'execa';
import { fileURLToPath } from 'node:url';

/** Compiles what sshd starts, so that a test needs no whole build. */
export async function buildWrapper(): Promise<void> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const target = [
    '--target',
    'ES2022',
    '--lib',
    'ES2023',
    '--module',
    'NodeNext',
    '--moduleResolution',
    'NodeNext',
  ];
  const options = [
    '--outDir',
    'dist',
    '--rootDir',
    '.',
    '--sourceMap',
    '--skipLibCheck',
    '--types',
    'node',
    '--strict',
  ];
  await execa('node_modules/.bin/tsc', [...target, ...options, 'src/relay/receiver/wrapper.ts'], {
    cwd: root,
  });
}
