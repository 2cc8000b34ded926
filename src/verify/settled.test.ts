import { describe, expect, it } from 'vitest';
import type { ServiceFacts } from '../model/facts.js';
import type { Probe } from './probe.js';
import { judgeState, unitNames, waitUntilSettled } from './settled.js';

const source: ServiceFacts = { active: [], failed: ['old.service'], systemState: 'degraded' };
const never = new AbortController().signal;

/** Answers of a guest as they were recorded, by the word that tells the questions apart. */
const answers = (byWord: Record<string, string[]>): Probe => {
  const left = structuredClone(byWord);
  return (command) => {
    const word = Object.keys(left).find((one) => command.includes(one));
    const list = word === undefined ? undefined : left[word];
    if (list === undefined) throw new Error(`not recorded: ${command}`);
    return Promise.resolve((list.length > 1 ? list.shift() : list[0]) ?? '');
  };
};

describe('waitUntilSettled', () => {
  it('waits while the boot goes on', async () => {
    const ask = answers({ 'is-system-running': ['starting\n', 'running\n'] });
    expect(await waitUntilSettled(ask, source, 10_000, never)).toEqual({
      name: 'system state',
      ok: true,
      detail: 'running',
    });
  });

  it('names what the boot waits for when the time is over', async () => {
    const ask = answers({
      'is-system-running': ['starting\n'],
      'list-jobs': ['85 dev-disk-by\\x2duuid-4f3c.device start running\n12 swap.target start waiting\n'],
    });
    const check = await waitUntilSettled(ask, source, 0, never);
    expect(check.ok).toBe(false);
    expect(check.detail).toContain('waiting for dev-disk-by\\x2duuid-4f3c.device, swap.target');
  });

  it('asks for the failed units of a degraded boot', async () => {
    const ask = answers({
      'is-system-running': ['degraded\n'],
      '--failed': ['old.service loaded failed failed Old\nnginx.service loaded failed failed nginx\n'],
    });
    expect(await waitUntilSettled(ask, source, 0, never)).toMatchObject({
      ok: false,
      detail: 'failed here but not on the source: nginx.service',
    });
  });

  it('stops when told to', async () => {
    const stopper = new AbortController();
    const waiting = waitUntilSettled(
      answers({ 'is-system-running': ['starting\n'] }),
      source,
      60_000,
      stopper.signal,
    );
    stopper.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('judgeState', () => {
  it.each([
    ['running', [], true],
    ['no-systemd', [], true],
    ['degraded', ['old.service'], true],
    ['degraded', ['old.service', 'new.service'], false],
    ['degraded', [], false],
    ['maintenance', [], false],
    ['\u001b[2Jrunning', [], false],
  ])('%s with failed units %j: %s', (state, failed, ok) => {
    const check = judgeState(state, failed, source);
    expect(check.ok).toBe(ok);
    expect(check.detail).not.toContain('\u001b');
  });
});

describe('unitNames', () => {
  it('reads plain lists, and those with bullets of an old systemctl', () => {
    const text = '● a@1-x.service loaded failed failed A\nb.mount loaded failed failed /b\n\n';
    expect(unitNames(text, 0)).toEqual(['a@1-x.service', 'b.mount']);
  });
  it('passes over what is no unit', () => {
    expect(unitNames('rm -rf /\n<b>x</b>.service x\nNo jobs running.\n', 0)).toEqual([]);
  });
});
