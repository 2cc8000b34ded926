import { FleetliftError } from '../errors/FleetliftError.js';
import type { Login } from './login.js';
import { remoteCommand, type RootMethod } from './remoteCommand.js';
import { runCommand } from './runCommand.js';
import { openTunnel } from './tunnel.js';
import type { ExecOptions, ExecResult, Place, SshSession, SshTarget, Tunnel } from './types.js';

/** A session over one or more logged-in links: the last one is the server, those before are jump hosts. */
export class Session implements SshSession {
  readonly hostKey: string;
  private readonly server: Login;
  private readonly rootMethod: RootMethod;
  private rootProven: Promise<void> | null = null;

  constructor(
    private readonly logins: readonly Login[],
    private readonly target: SshTarget,
    readonly localAddress: string | null,
  ) {
    const server = logins.at(-1);
    if (server === undefined) throw new TypeError('a session needs a link');
    this.server = server;
    this.hostKey = server.hostKey;
    this.rootMethod = server.user !== 'root' && target.settings.sudo === true ? 'sudo' : 'login';
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const root = options.root ?? true;
    if (root) await this.proveRoot(options.signal);
    return runCommand(this.server.link, remoteCommand(command, this.rootMethod, root), options);
  }

  openTunnel(to: Place, signal?: AbortSignal): Promise<Tunnel> {
    return openTunnel(this.server.link, to, signal);
  }

  close(): void {
    for (const { link } of [...this.logins].reverse()) link.close();
  }

  /**
   * Asks once whether commands do run as root. Told by what `id` says, since messages of sudo come in any language.
   * A failure is not kept: the operator may allow sudo while a job waits.
   */
  private async proveRoot(signal: AbortSignal | undefined): Promise<void> {
    if (this.server.user === 'root') return;
    const proof = (this.rootProven ??= this.askForRoot(signal));
    try {
      await proof;
    } catch (error) {
      if (this.rootProven === proof) this.rootProven = null;
      throw error;
    }
  }

  private async askForRoot(signal: AbortSignal | undefined): Promise<void> {
    const asked = await runCommand(
      this.server.link,
      remoteCommand('id -u', this.rootMethod, true),
      signal === undefined ? {} : { signal },
    );
    // The last line: what start-up files of a shell print before is told by whoever reads the commands' output.
    if (asked.exitCode === 0 && asked.stdout.toString().trim().split('\n').at(-1) === '0') return;
    const { server, settings } = this.target;
    const { user } = this.server;
    const how =
      settings.sudo === true
        ? `sudo -n does not make the login ${user} root`
        : `the login ${user} is not root, and ssh.sudo is not set`;
    const said = asked.stderr.trim().split('\n')[0] ?? '';
    throw new FleetliftError('E-NOT-ROOT', {
      message: `${server}: ${how}${said === '' ? '' : ` (${said})`}`,
      ...(settings.sudo === true ? { remedy: sudoRemedy(user) } : {}),
    });
  }
}

function sudoRemedy(user: string): string {
  return `log in as root, or allow it on the server: echo '${user} ALL=(root) NOPASSWD: ALL' > /etc/sudoers.d/fleetlift`;
}
