import { formatBytes } from '../../console/units.js';
import type { RelayInspection } from '../../model/activities.js';
import type { RelayAnswerToDoctor } from '../../model/messages.js';
import { LITTLE_SPACE_BYTES, toolsToInstall, type Check } from './checks.js';

/** Windows and lags are judged by several clocks: from here on two of them are not the same. */
const SKEW_MS = 60_000;

const BOOTS: Readonly<Record<RelayInspection['boots'], Pick<Check, 'state' | 'message'>>> = {
  kvm: { state: 'ok', message: 'KVM: a kernel was booted with it' },
  untried: { state: 'ok', message: '/dev/kvm opens; it is tried with a kernel at the first boot' },
  tcg: {
    state: 'warning',
    message: 'by emulation, for want of a KVM that works: some times slower, one core for each boot',
  },
};

/**
 * What the relays of a fleet tell of themselves, and whether a source reaches them.
 * @param askedMs - when they were asked, by this machine's clock
 */
export function relayChecks(answers: readonly RelayAnswerToDoctor[], askedMs: number): Check[] {
  return answers.flatMap(({ relay, inspection, server, findings }) => [
    ...(inspection === null ? [] : inspected(relay, inspection, askedMs)),
    ...findings.map(({ code, message, remedy }): Check => ({
      name: server === null ? `relay ${relay}` : `relay ${relay} from ${server}`,
      state: 'broken',
      message: `${code}: ${message}`,
      remedy,
    })),
    ...(server !== null && findings.length === 0
      ? [ok(`relay ${relay} from ${server}`, 'reached; from all the others: fleetlift drill')]
      : []),
  ]);
}

function inspected(relay: string, inspection: RelayInspection, askedMs: number): Check[] {
  const { freeBytes, missing, boots, now } = inspection;
  const little = freeBytes < LITTLE_SPACE_BYTES;
  const skewMs = Date.parse(now) - askedMs;
  const isSkewed = Math.abs(skewMs) > SKEW_MS;
  return [
    missing.length === 0
      ? ok(`relay ${relay} tools`, 'all are installed')
      : { name: `relay ${relay} tools`, state: 'broken', ...toolsToInstall(missing) },
    {
      name: `relay ${relay} space`,
      state: little ? 'warning' : 'ok',
      message: `${formatBytes(freeBytes)} free for replicas and images`,
      remedy: little ? 'free space there, or name another folder in relays[].dir' : null,
    },
    { name: `relay ${relay} boots`, ...BOOTS[boots], remedy: null },
    {
      name: `relay ${relay} clock`,
      state: isSkewed ? 'warning' : 'ok',
      message: isSkewed
        ? `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? 'behind' : 'before'} this machine's`
        : 'as here',
      remedy: isSkewed ? 'timedatectl set-ntp true, on the one that is wrong' : null,
    },
  ];
}

function ok(name: string, message: string): Check {
  return { name, state: 'ok', message, remedy: null };
}
