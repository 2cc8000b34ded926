import { unreachable } from './relayReach.js';
import type { Check } from './types.js';

/** The agent's folder: its script, a journal, rsync's last output. */
const AGENT_BYTES = 64 << 20;
/** SMC's IllegalTimestamp: signatures, file times and logs are off by then. */
const CLOCK_BLOCKS_MS = 5 * 60_000;
const CLOCK_WARNS_MS = 5_000;
const ARCHITECTURES = ['x86_64', 'amd64'];

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Where the server stands: its system, its clock, its way to the relay, room on both sides. */
export const PLACE_CHECKS: readonly Check[] = [
  {
    id: 'architecture',
    what: 'architecture is supported',
    run: ({ architecture, os }) =>
      ARCHITECTURES.includes(architecture)
        ? null
        : {
            code: 'E-OS-UNSUPPORTED',
            message: `${os.prettyName} on ${architecture}: only x86-64 is supported`,
          },
  },
  {
    id: 'clock',
    what: 'the clock equals real time',
    run: ({ clockSkewMs }) => {
      const off = Math.abs(clockSkewMs);
      if (off < CLOCK_WARNS_MS) return null;
      const seconds = Math.round(off / 1000);
      const message = `the clock is ${String(seconds)} s ${clockSkewMs > 0 ? 'ahead of' : 'behind'} the orchestrator's`;
      return { code: off < CLOCK_BLOCKS_MS ? 'W-CLOCK' : 'E-CLOCK', message };
    },
  },
  {
    id: 'relay-reachable',
    what: 'the relay is reachable on its port',
    run: (_, { relay: { reach } }) => (reach === null || reach.reached ? null : unreachable(reach)),
  },
  {
    id: 'agent-space',
    what: 'free space for the agent',
    run: ({ agentFreeBytes }) =>
      agentFreeBytes < AGENT_BYTES
        ? { code: 'E-SOURCE-SPACE', message: `only ${String(agentFreeBytes >> 20)} MiB are free in /var/lib` }
        : null,
  },
  {
    id: 'relay-space',
    what: 'the relay has room',
    run: (_, { relay: { freeBytes, capacityBytes, neededBytes } }) => {
      if (neededBytes === null) return null;
      const needed = `this server may need ${gib(neededBytes)}`;
      if (capacityBytes !== null && neededBytes > capacityBytes) {
        const message = `the relay’s disk can give ${gib(capacityBytes)} at most, and ${needed}`;
        return { code: 'E-RELAY-SPACE', message };
      }
      if (freeBytes === null || neededBytes <= freeBytes) return null;
      return { code: 'W-RELAY-SPACE', message: `the relay has ${gib(freeBytes)} free, and ${needed}` };
    },
  },
  {
    id: 'image-name',
    what: 'the image name is not taken',
    run: (_, { relay, server }) =>
      relay.imageNameTaken
        ? {
            code: 'E-IMAGE-NAME',
            message: `an image named ${server.image.name ?? server.name} exists on the relay`,
          }
        : null,
  },
];
