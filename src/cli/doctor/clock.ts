import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Check } from './checks.js';

const TIMEOUT_MS = 5_000;

/** Windows, schedules and what a source changed meanwhile are judged by this machine's clock. */
export async function checkClock(): Promise<Check> {
  const name = 'clock';
  try {
    const words = ['show', '--property=NTPSynchronized', '--value'];
    const { stdout } = await promisify(execFile)('timedatectl', words, { timeout: TIMEOUT_MS });
    if (stdout.trim() === 'yes') return { name, state: 'ok', message: 'synchronised', remedy: null };
    if (stdout.trim() === 'no') {
      return { name, state: 'warning', message: 'not synchronised', remedy: 'timedatectl set-ntp true' };
    }
  } catch {
    // No systemd, or none that answers: as below.
  }
  return {
    name,
    state: 'ok',
    message: `nobody here tells whether ${new Date().toISOString()} is right`,
    remedy: null,
  };
}
