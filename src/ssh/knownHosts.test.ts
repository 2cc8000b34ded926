import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { knownHostKeys, parseKnownHosts } from './knownHosts.js';

/** A key blob of a type; only its type and its being different from others matter here. */
const key = (type: string, content: string): string => {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.from(content)]).toString('base64');
};
const ED = `ssh-ed25519 ${key('ssh-ed25519', 'one')}`;
const RSA = `ssh-rsa ${key('ssh-rsa', 'two')}`;

const typesFor = (text: string, host: string, port = 22): string[] =>
  knownHostKeys(parseKnownHosts(text), host, port).keys.map(({ type }) => type);
const hashed = (name: string): string => {
  const salt = Buffer.from('0123456789abcdefghij');
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
};

describe('knownHostKeys', () => {
  it('finds every key of a host, by name and by address', () => {
    const text = `# comment\n\nweb1,10.0.0.1 ${ED} root@web1\nweb1 ${RSA}\nweb2 ${RSA}\n`;
    expect(typesFor(text, 'web1')).toEqual(['ssh-ed25519', 'ssh-rsa']);
    expect(typesFor(text, '10.0.0.1')).toEqual(['ssh-ed25519']);
    expect(typesFor(text, 'web10')).toEqual([]);
  });

  it('tells ports apart', () => {
    const text = `web1 ${ED}\n[web1]:2222 ${RSA}\n[fe80::1]:2222 ${ED}\n`;
    expect(typesFor(text, 'web1', 2222)).toEqual(['ssh-rsa']);
    expect(typesFor(text, 'web1')).toEqual(['ssh-ed25519']);
    expect(typesFor(text, 'fe80::1', 2222)).toEqual(['ssh-ed25519']);
  });

  it('reads hashed names, with a port too', () => {
    const text = `${hashed('web1')} ${ED}\n${hashed('[web1]:2222')} ${RSA}\n`;
    expect(typesFor(text, 'web1')).toEqual(['ssh-ed25519']);
    expect(typesFor(text, 'web1', 2222)).toEqual(['ssh-rsa']);
    expect(typesFor(text, 'web2')).toEqual([]);
  });

  it('knows wildcards and their exceptions', () => {
    const text = `*.example.org,!bad.example.org,10.0.?.1 ${ED}\n`;
    expect(typesFor(text, 'web.example.org')).toHaveLength(1);
    expect(typesFor(text, 'bad.example.org')).toHaveLength(0);
    expect(typesFor(text, '10.0.7.1')).toHaveLength(1);
    expect(typesFor(text, '10.0.77.1')).toHaveLength(0);
    expect(typesFor(text, 'webxexample.org')).toHaveLength(0);
    expect(typesFor(`!web1 ${ED}\n`, 'web2')).toHaveLength(0);
  });

  it('keeps revoked keys and authorities apart from keys', () => {
    const text = `@revoked * ${ED}\n@cert-authority *.example.org ${RSA}\n@unknown * ${RSA}\n`;
    const found = knownHostKeys(parseKnownHosts(text), 'web.example.org', 22);
    expect(found.keys).toEqual([]);
    expect(found.revoked).toHaveLength(1);
    expect(found.authorities).toHaveLength(1);
  });

  it('passes over lines that are broken, or whose key is of another type than they say', () => {
    const wrong = `ssh-ed25519 ${key('ssh-rsa', 'two')}`;
    const text = `web1\nweb1 ssh-ed25519\nweb1 ${wrong}\nweb1 ssh-rsa AAAA\n|1|x ${ED}\n|2|a|b ${ED}\r\nweb1 ${RSA}\r\n`;
    expect(typesFor(text, 'web1')).toEqual(['ssh-rsa']);
  });

  it('is not slowed down by a pattern of many wildcards', () => {
    const text = `${'*a'.repeat(14)}b ${ED}\n`;
    const started = performance.now();
    expect(typesFor(text, 'a'.repeat(60))).toEqual([]);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
