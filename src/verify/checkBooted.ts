import type { SourceFacts } from '../model/facts.js';
import type { VerifySettings } from '../model/fleet.js';
import type { ReplicaPlan } from '../model/plan.js';
import type { SshSession } from '../ssh/types.js';
import type { BootChecks } from './bootChecks.js';
import { runCommands } from './commands.js';
import { hostnameCheck, machineIdCheck } from './identity.js';
import { mountChecks, parseFindmnt, parseMountinfo } from './mounts.js';
import { waitForPorts } from './ports.js';
import { probe } from './probe.js';
import { waitUntilSettled } from './settled.js';
import { parseSwaps, swapChecks } from './swaps.js';

export interface ExpectedBoot {
  readonly facts: Pick<SourceFacts, 'identity' | 'services'>;
  readonly plan: Pick<ReplicaPlan, 'fstab'>;
  readonly verify: VerifySettings;
}

export interface CheckBootedOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the boot must be settled; default 240,000 (an emulated boot takes minutes). */
  readonly settleTimeoutMs?: number;
  /** Milliseconds until the ports must be listened on, once the boot is settled; default 60,000. */
  readonly portsTimeoutMs?: number;
}

const SETTLE_TIMEOUT_MS = 240_000;
const PORTS_TIMEOUT_MS = 60_000;

/**
 * Checks a booted image over an open session against what is known of its source. A failed check is a result, not an
 * error; see checksError. What the image says is not trusted: every answer is capped, parsed and cleaned.
 * @throws FleetliftError E-LINK-LOST, E-SSH-TIMEOUT, E-NOT-ROOT, E-AGENT-OUTPUT where the image cannot be asked at
 *   all; the signal's reason where it is aborted.
 */
export async function checkBooted(
  session: SshSession,
  { facts, plan, verify }: ExpectedBoot,
  options: CheckBootedOptions,
): Promise<BootChecks> {
  const { signal } = options;
  const ask = probe(session, signal);
  const settled = await waitUntilSettled(
    ask,
    facts.services,
    options.settleTimeoutMs ?? SETTLE_TIMEOUT_MS,
    signal,
  );
  const mountinfo = parseMountinfo(await ask('cat /proc/1/mountinfo'));
  const uuids = parseFindmnt(await ask('findmnt -rno TARGET,UUID'));
  const swaps = parseSwaps(await ask('swapon --show=NAME,UUID --noheadings --raw'));
  const checks = [
    settled,
    ...mountChecks(plan.fstab, mountinfo, uuids),
    ...swapChecks(plan.fstab, swaps),
    hostnameCheck(await ask('cat /proc/sys/kernel/hostname'), facts.identity),
    ...machineIdCheck(await ask('cat /etc/machine-id'), facts.identity),
    ...(await waitForPorts(ask, verify.ports, options.portsTimeoutMs ?? PORTS_TIMEOUT_MS, signal)),
  ];
  const { checks: commandChecks, commands } = await runCommands(session, verify.commands, signal);
  return { checks: [...checks, ...commandChecks], commands };
}
