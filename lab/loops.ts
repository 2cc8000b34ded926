import { execa } from 'execa';

interface LoopDevice {
  /** `/dev/loopN` */
  readonly name: string;
  /** null: the device is just being freed. */
  readonly 'back-file': string | null;
}

/** Loop devices whose file lies (or lay) below `folder`. */
export async function loopsBelow(folder: string): Promise<string[]> {
  const { stdout } = await execa('losetup', ['--json', '--list', '--output', 'NAME,BACK-FILE']);
  return namesBelow(stdout, folder);
}

/** The same, out of the answer of `losetup --json`, which is empty where there is none. */
export function namesBelow(answer: string, folder: string): string[] {
  if (answer === '') return [];
  const { loopdevices } = JSON.parse(answer) as { loopdevices: LoopDevice[] };
  return loopdevices.filter((loop) => loop['back-file']?.startsWith(`${folder}/`)).map(({ name }) => name);
}

/** Frees a loop device that nothing uses: first its partitions, else their nodes stay for its next user. */
export async function freeLoop(loop: string): Promise<void> {
  // Fails where there are no partitions, and where the last user's end has just freed the device.
  await execa('partx', ['--delete', loop], { reject: false });
  await execa('losetup', ['--detach', loop], { reject: false });
}
