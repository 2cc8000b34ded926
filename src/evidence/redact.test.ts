import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { redactLines } from './redact.js';

async function redacted(text: string): Promise<string> {
  const lines: Buffer[] = [];
  const bytes = Readable.from([Buffer.from(text)], { objectMode: false });
  for await (const line of redactLines(bytes)) lines.push(line);
  return Buffer.concat(lines).toString().trimEnd();
}

it.each([
  [
    '//nas/x /x cifs user=u,password=hunter2,uid=0 0 0',
    '//nas/x /x cifs user=u,password=[removed],uid=0 0 0',
  ],
  ['quiet pass=a ro', 'quiet pass=[removed] ro'],
  ['DB_PASSWORD=a&b', 'DB_PASSWORD=[removed]&b'],
  ['{"adminPassword": "a"}', '{"adminPassword": "[removed]"}'],
  ['{"text": "{\\"token\\": \\"a\\"}"}', '{"text": "{\\"token\\": \\"[removed]\\"}"}'],
  ['password: a', 'password: [removed]'],
  ['API-KEY = a', 'API-KEY = [removed]'],
])('takes the secret out of %s', async (text, without) => {
  expect(await redacted(text)).toBe(without);
});

it.each([
  '{"pass": 2, "passes": 3, "passwordEnv": "LAB_LOGIN"}',
  '{"token": null}',
  '{"token": 7}',
  'systemd[1]: Started Forward Password Requests to Wall',
  'login: ünï\u00a0cöde',
  'credentials=/root/cifs',
])('leaves %s as it is', async (text) => {
  expect(await redacted(text)).toBe(text);
});

it('takes out a private key, line by line, and one that does not end', async () => {
  const key = ['-----BEGIN RSA PRIVATE KEY-----', 'abc', '-----END RSA PRIVATE KEY-----'];
  expect(await redacted(['a', ...key, 'b', key[0], 'c'].join('\n'))).toBe(
    ['a', '[removed]', '[removed]', '[removed]', 'b', '[removed]', '[removed]'].join('\n'),
  );
});
