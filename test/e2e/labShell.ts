import { execa } from 'execa';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import { sshArguments } from '../../lab/state.js';

/** What fleetlift could leave on a source: its folder, keys, processes, mounts, and the time stamp of /var/lib. */
const TRACES = [
  'ls -A /var/lib | grep -i fleetlift',
  // A server that was booted anew has other folders of its services.
  'ls -A /root /root/.ssh /tmp /var/tmp | grep -v ^systemd-private-',
  'sha256sum /root/.ssh/authorized_keys',
  'stat -c %y /var/lib',
  'wc -l </proc/self/mountinfo',
  "ps -eo args= | grep -E 'agent[.]sh|fleetlift|rsync|ENDLESS' | grep -v -e grep -e FROM-THE-TEST",
  'true',
].join('; ');

/** The shell of a lab server, past fleetlift: what a test does to the server and undoes. */
export class LabShell {
  constructor(private readonly server: LabServer) {}

  /** Runs a script as root. Start-up files that a test has spoilt can tell it by its first words. */
  async run(script: string): Promise<string> {
    const { stdout } = await execa('ssh', [
      // An emulated machine under load takes its time to greet.
      ...['-o', 'ConnectTimeout=30'],
      ...sshArguments(DEFAULT_STATE_DIR, this.server),
      `: FROM-THE-TEST; ${script}`,
    ]);
    return stdout;
  }

  /** To be compared before and after. */
  traces(): Promise<string> {
    return this.run(TRACES);
  }

  /** Does work while the server is spoilt by one script, and mends it by the other, whatever happens. */
  async while<T>(spoil: string, mend: string, work: () => Promise<T>): Promise<T> {
    await this.run(spoil);
    try {
      return await work();
    } finally {
      await this.run(mend);
    }
  }
}
