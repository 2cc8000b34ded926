import ssh2, {
  type IdentityCallback,
  type OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

/** A local agent answers at once; one that hangs must not hold a connection up. */
const AGENT_TIMEOUT_MS = 5_000;

/**
 * The keys that ssh-agent holds.
 * @throws Error where nothing answers on the socket.
 */
export function agentKeys(socket: string): Promise<readonly ParsedKey[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer in ${AGENT_TIMEOUT_MS / 1000} s`));
    }, AGENT_TIMEOUT_MS);
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve((keys ?? []) as readonly ParsedKey[]);
    });
  });
}

/** ssh-agent, but with only those of its keys that are to be offered: a server counts every one that it refuses. */
export class AgentWithKeys extends ssh2.BaseAgent<ParsedKey> {
  private readonly agent: OpenSSHAgent;

  constructor(
    socket: string,
    private readonly keys: readonly ParsedKey[],
  ) {
    super();
    this.agent = new ssh2.OpenSSHAgent(socket);
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [...this.keys]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.agent.sign(key, data, options);
    else this.agent.sign(key, data, options, callback);
  }
}
