import { join } from 'node:path';
import type { JobPaths } from '../paths.js';

/** Where the kernel that a job's image boots is kept, for the probe of KVM. */
export function bootKernelFile(paths: JobPaths): string {
  return join(paths.images, 'boot-kernel');
}
