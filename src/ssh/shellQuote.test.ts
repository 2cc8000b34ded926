import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteCommand } from './remoteCommand.js';
import { shellQuote } from './shellQuote.js';

describe('shellQuote', () => {
  it('gives any text to a shell as it is', () => {
    const words = fc
      .sample(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({
            unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!', '*', '-', ';', '&', '#'),
          }),
        ),
        200,
      )
      .map((word) => word.replaceAll('\0', ''));
    for (const shell of ['dash', 'bash']) {
      const printed = execFileSync(shell, ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`]);
      expect(printed.toString('utf8').split('\0').slice(0, -1)).toEqual(words);
    }
  });

  it('refuses a NUL', () => {
    expect(() => shellQuote('a\0b')).toThrow(TypeError);
  });
});

describe('remoteCommand', () => {
  it('goes through sh, and through sudo where root wants it', () => {
    expect(remoteCommand("echo 'a'", 'login', true)).toBe(`sh -c 'echo '\\''a'\\'''`);
    expect(remoteCommand('id', 'sudo', true)).toBe(`sudo -n -- sh -c 'id'`);
    expect(remoteCommand('id', 'sudo', false)).toBe(`sh -c 'id'`);
  });

  it('arrives unchanged through both shells', () => {
    const command = `printf '%s' "it's \\$HOME" '"quoted"'`;
    expect(execFileSync('sh', ['-c', remoteCommand(command, 'login', true)]).toString()).toBe(
      `it's $HOME"quoted"`,
    );
  });
});
