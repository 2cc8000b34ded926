import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { ProcessRecord } from '../processRecord.js';
import { INSIDE } from './qemuArguments.js';

/** Milliseconds that QEMU has for an answer: a screenshot under a busy TCG takes some. */
const ANSWER_MS = 15_000;

/**
 * Runs one command over QEMU's control socket, on a connection of its own.
 *
 * @throws FleetliftError E-BOOT-QEMU where QEMU refuses it, is gone or does not answer in 15 s
 */
export async function qmp(qemu: ProcessRecord, execute: string, args: object = {}): Promise<unknown> {
  // Through QEMU's own root the path is short enough for a socket, whatever the relay's folder is called.
  const socket = createConnection(`/proc/${qemu.pid}/root${INSIDE.guest}/qmp.sock`);
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), ANSWER_MS);
  let failure: Error | undefined;
  socket.on('error', (error) => (failure = error));
  const send = (message: object): boolean => socket.write(`${JSON.stringify(message)}\n`);
  try {
    for await (const line of createInterface({ input: socket })) {
      const message = JSON.parse(line) as QmpMessage;
      if (message.QMP !== undefined) send({ execute: 'qmp_capabilities', id: 'hello' });
      if (message.error !== undefined) throw new Error(message.error.desc);
      if (message.id === 'hello') send({ execute, arguments: args, id: 'command' });
      if (message.id === 'command') return message.return;
    }
    throw failure ?? new Error('the connection ended');
  } catch (error) {
    throw new FleetliftError('E-BOOT-QEMU', {
      message: `QEMU did not do ${execute}: ${(failure ?? (error as Error)).message}`,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

interface QmpMessage {
  readonly QMP?: object;
  readonly id?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}
