import { execa } from 'execa';
import type { LabServer } from '../../lab/servers.js';

const TABLE = ['inet', 'paths'];

/** A firewall in a lab server's network namespace, which the server itself knows nothing of. */
export class Firewall {
  private constructor(private readonly netns: string) {}

  /** Lets connections in from one address only, and none out: those are dropped, and counted. */
  static async raise({ netns }: LabServer, from: string): Promise<Firewall> {
    const firewall = new Firewall(netns);
    const rules = `table ${TABLE.join(' ')} {
      counter outgoing { }
      chain in {
        type filter hook input priority filter
        iifname != lo ct state new ip saddr != ${from} drop
      }
      chain out {
        type filter hook output priority filter
        oifname != lo ct state new counter name outgoing drop
      }
    }`;
    await firewall.nft(['-f', '-'], rules);
    return firewall;
  }

  /** Packets that were to open a connection outwards, since it was asked last. */
  async takeOutgoing(): Promise<number> {
    const text = await this.nft(['reset', 'counter', ...TABLE, 'outgoing']);
    return Number(/packets (\d+)/.exec(text)?.[1]);
  }

  async lower(): Promise<void> {
    await this.nft(['delete', 'table', ...TABLE]);
  }

  private async nft(words: readonly string[], input = ''): Promise<string> {
    return (await execa('ip', ['netns', 'exec', this.netns, 'nft', ...words], { input })).stdout;
  }
}
