/** What can strike a migration, where, and how it is to end: the matrix as data. */
import type { ErrorCode } from '../../src/errors/catalogue.js';
import type { MomentName } from './moments.js';
import { cutLink } from './strikes/link.js';
import { fillRelay, killListener, killQemu, killReceiver, killReceivingRsync } from './strikes/relay.js';
import { killTemporal, killWorker, stopService } from './strikes/service.js';
import { fillSource, killAgent, killSendingRsync, reboot, switchOff, withdrawKey } from './strikes/source.js';
import type { Strike } from './strikes/strike.js';

/**
 * It goes on by itself, or it waits for the operator with one of these codes, and is finished after the repair. At a
 * random moment it may do either, as often as it must.
 */
export type Expected = 'goes on' | 'either' | readonly ErrorCode[];

export interface Fault {
  readonly name: string;
  readonly what: string;
  readonly strike: Strike;
  /** When it is mended: after so many seconds, or when the operator is waited for. */
  readonly mended: number | 'when asked';
  /** Failures without progress after which the operator is waited for. */
  readonly attempts: number;
  readonly smallDisk: boolean;
  readonly at: Readonly<Partial<Record<MomentName, Expected>>>;
  /** Why it is not struck at the other steps. */
  readonly leftOut: Readonly<Partial<Record<MomentName, string>>>;
}

const GOES_ON = 'goes on';
const NO_PASS = 'no pass runs';
const NO_BOOT = 'nothing is booted';
const NOT_THE_SOURCE = 'nothing is asked of the source';
const NOT_THE_RELAY = 'nothing is written on the relay';

const goOnAt = (...moments: MomentName[]): Fault['at'] =>
  Object.fromEntries(moments.map((moment) => [moment, GOES_ON]));
const leaveOut = (why: string, ...moments: MomentName[]): Fault['leftOut'] =>
  Object.fromEntries(moments.map((moment) => [moment, why]));

const EVERYWHERE: readonly MomentName[] = [
  'preflight',
  'import',
  'sync',
  'verify-data',
  'image',
  'verify-boot',
  'verify-checks',
  'clean-up',
  'delta',
  'cutover',
];
const NO_PASSES: readonly MomentName[] = [
  'preflight',
  'import',
  'image',
  'verify-boot',
  'verify-checks',
  'clean-up',
];
const IN_PASSES: readonly MomentName[] = ['sync', 'verify-data', 'delta', 'cutover'];
const SOURCELESS: readonly MomentName[] = ['import', 'image', 'verify-boot', 'verify-checks'];
export const BY_ITSELF = {
  attempts: 5,
  smallDisk: false,
  leftOut: {},
  mended: 0,
} as const;
const BY_OPERATOR = { ...BY_ITSELF, attempts: 2, mended: 'when asked' } as const;
/** How a source says that it is not there. */
const GONE = ['E-SSH-CONNECT', 'E-LINK-LOST'] as const;

export const FAULTS: readonly Fault[] = [
  {
    ...BY_ITSELF,
    name: 'worker',
    what: 'kill -9 of the service’s worker',
    strike: killWorker,
    at: goOnAt(...EVERYWHERE),
  },
  {
    ...BY_ITSELF,
    name: 'down',
    what: 'fleetlift down, and up again',
    strike: stopService,
    at: goOnAt(...EVERYWHERE),
  },
  {
    ...BY_ITSELF,
    name: 'temporal',
    what: 'kill -9 of Temporal',
    strike: killTemporal,
    at: goOnAt(...EVERYWHERE),
  },
  {
    ...BY_ITSELF,
    name: 'receiver',
    what: 'kill -9 of the receiver',
    strike: killReceiver,
    at: goOnAt(...IN_PASSES),
    leftOut: leaveOut(NO_PASS, ...NO_PASSES),
  },
  {
    ...BY_ITSELF,
    name: 'relay-rsync',
    what: 'kill -9 of rsync on the relay',
    strike: killReceivingRsync,
    at: goOnAt('sync', 'verify-data'),
    leftOut: {
      ...leaveOut(NO_PASS, ...NO_PASSES),
      ...leaveOut('a delta is a pass like the first one', 'delta', 'cutover'),
    },
  },
  {
    ...BY_ITSELF,
    name: 'relay-sshd',
    what: 'kill -9 of the sshd that listens on the relay',
    strike: killListener,
    at: goOnAt('sync'),
    leftOut: {
      ...leaveOut(NO_PASS, ...NO_PASSES),
      ...leaveOut(
        'a later pass finds it as the one after the first sync does',
        'verify-data',
        'delta',
        'cutover',
      ),
    },
  },
  {
    ...BY_ITSELF,
    name: 'agent',
    what: 'kill -9 of the agent’s shell on the source',
    strike: killAgent,
    at: goOnAt(...IN_PASSES),
    leftOut: leaveOut(NO_PASS, ...NO_PASSES),
  },
  {
    ...BY_ITSELF,
    name: 'source-rsync',
    what: 'kill -9 of rsync on the source',
    strike: killSendingRsync,
    at: goOnAt(...IN_PASSES),
    leftOut: leaveOut(NO_PASS, ...NO_PASSES),
  },
  {
    ...BY_ITSELF,
    name: 'qemu',
    what: 'kill -9 of QEMU',
    strike: killQemu,
    at: goOnAt('verify-boot', 'verify-checks'),
    leftOut: leaveOut(NO_BOOT, 'preflight', 'import', 'image', 'clean-up', ...IN_PASSES),
  },
  {
    ...BY_ITSELF,
    name: 'reboot',
    what: 'the source is reset',
    strike: reboot,
    // Its services run again, so that what they write is not in the last delta.
    at: { ...goOnAt('preflight', 'sync', 'verify-data', 'clean-up', 'delta'), cutover: ['E-CUTOVER'] },
    leftOut: leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
  },
  {
    ...BY_OPERATOR,
    name: 'off',
    what: 'the source is switched off, and on when asked for',
    strike: switchOff,
    at: { sync: GONE },
    leftOut: {
      ...leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
      ...leaveOut(
        'a cut link looks the same to every step',
        ...(['preflight', 'verify-data', 'clean-up', 'delta', 'cutover'] as const),
      ),
    },
  },
  {
    ...BY_ITSELF,
    name: 'link-60s',
    what: 'the link is cut for 60 s',
    strike: cutLink,
    mended: 60,
    at: goOnAt('preflight', 'sync', 'verify-data', 'clean-up', 'delta', 'cutover'),
    leftOut: leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
  },
  {
    ...BY_OPERATOR,
    name: 'link',
    what: 'the link is cut until the operator is asked for',
    strike: cutLink,
    at: {
      preflight: GONE,
      sync: GONE,
      'verify-data': GONE,
      'clean-up': GONE,
      cutover: [...GONE, 'E-CUTOVER'],
    },
    leftOut: {
      ...leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
      ...leaveOut('a delta is a pass like the first one', 'delta'),
    },
  },
  {
    ...BY_OPERATOR,
    name: 'key',
    what: 'the SSH key is withdrawn',
    strike: withdrawKey,
    at: Object.fromEntries(
      (['sync', 'verify-data', 'clean-up', 'delta', 'cutover'] as const).map((moment) => [
        moment,
        ['E-SSH-AUTH'] as const,
      ]),
    ),
    leftOut: {
      ...leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
      ...leaveOut('its only connection is open by then', 'preflight'),
    },
  },
  {
    ...BY_OPERATOR,
    name: 'source-full',
    what: 'the source’s disk is filled',
    strike: fillSource,
    at: {
      preflight: ['E-SOURCE-SPACE', 'E-SOURCE-FULL'],
      sync: ['E-SOURCE-FULL'],
      'verify-data': ['E-SOURCE-FULL'],
    },
    leftOut: {
      ...leaveOut(NOT_THE_SOURCE, ...SOURCELESS),
      ...leaveOut('a delta is a pass like the first one', 'delta', 'cutover'),
      ...leaveOut('the agent is only removed', 'clean-up'),
    },
  },
  {
    ...BY_OPERATOR,
    name: 'relay-full',
    what: 'the relay’s disk is filled',
    strike: fillRelay,
    smallDisk: true,
    at: { sync: ['E-RELAY-FULL'], delta: ['E-RELAY-FULL'], image: ['E-RELAY-FULL', 'E-IMAGE-CONVERT'] },
    leftOut: {
      ...leaveOut(NOT_THE_RELAY, 'preflight', 'import', 'verify-data'),
      ...leaveOut('its last delta is one like the others', 'cutover'),
      ...leaveOut('what the guest writes is small', 'verify-boot', 'verify-checks'),
      ...leaveOut('it gives room back', 'clean-up'),
    },
  },
];
