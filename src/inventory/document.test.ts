import { expect, test } from 'vitest';
import { parsed, problemsOf } from './testing.js';

const head = 'version: 1\nname: a\n';
const minimal = `${head}servers: [{name: s, host: h}]\n`;

test('errors of YAML itself are told with their place', () => {
  expect(problemsOf(`${head}servers: [{name: s, host: h}\n`)).toEqual([
    expect.stringMatching(/^f\.yaml:4:1 {2}Flow sequence .* end with a \]\.$/),
  ]);
  expect(problemsOf('a: b: c\n')).toEqual([expect.stringMatching(/^f\.yaml:1:4 {2}Nested mappings /)]);
  expect(problemsOf(`${head}servers: !exec [x]\n`)).toEqual([
    expect.stringMatching(/^f\.yaml:3:10 {2}Unresolved tag: !exec/),
  ]);
  expect(problemsOf(`${minimal}---\n${minimal}`)).toEqual([
    expect.stringMatching(/^f\.yaml:4:1 {2}Source contains multiple documents/),
  ]);
});

test('a file that is empty or no map is refused', () => {
  for (const text of ['', '# only a comment\n', '---\n', 'null\n']) {
    expect(problemsOf(text)).toEqual(['f.yaml:1:1  the inventory is empty. Begin with: fleetlift init']);
  }
  expect(problemsOf('- a\n')).toEqual(['f.yaml:1:1  the inventory must be a map of fields, not a list.']);
  expect(problemsOf('hello')).toEqual(['f.yaml:1:1  the inventory must be a map of fields, not "hello".']);
});

test('a field written twice is told of, __proto__ and other inherited names are unknown fields like others', () => {
  expect(problemsOf(`${minimal}name: b\n__proto__: {version: 1}\nconstructor: x\n`)).toEqual([
    'f.yaml:4:1  field "name" stands here twice. Keep one of them.',
    'f.yaml:5:1  unknown field "__proto__" at the top level.',
    'f.yaml:6:1  unknown field "constructor" at the top level.',
  ]);
});

test('anchors and aliases are read, and an error behind one is told where it stands', () => {
  const text = `${head}servers:\n  - {name: a, host: h1, ssh: &dc {user: ops}}\n  - {name: b, host: h2, ssh: *dc}\n`;
  expect(parsed(text).servers[1]?.overrides.ssh).toEqual({ user: 'ops' });
  expect(problemsOf(text.replace('user:', 'usr:'))).toEqual([
    'f.yaml:4:35  unknown field "usr" in ssh of server "a". Did you mean "user"?',
    'f.yaml:4:35  unknown field "usr" in ssh of server "b". Did you mean "user"?',
  ]);
  expect(problemsOf(`${head}servers:\n  - {name: a, host: h1, <<: {tags: []}}\n`)).toEqual([
    'f.yaml:4:25  unknown field "<<" in server "a". Merge keys are not read; put shared fields under defaults.',
  ]);
});

test('an alias inside its own anchor, an alias bomb and endless nesting end quickly', () => {
  expect(problemsOf(`${minimal}waves: &w [*w]\n`)).toContain(
    'f.yaml:4:12  alias "*w" stands inside its own anchor.',
  );
  expect(problemsOf(`${minimal}waves: [*nobody]\n`)).toEqual([
    'f.yaml:3:18  server "s" is in no wave. Name it in servers of a wave, or give it a tag that a wave takes.',
    'f.yaml:4:9  alias "*nobody" has no anchor before it.',
  ]);
  const bomb = [
    'x0: &x0 [lol]',
    ...Array.from({ length: 30 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]`),
  ];
  const tooLarge = ['f.yaml:1:1  the file is nested too deeply, or its aliases make it too large.'];
  expect(problemsOf(bomb.join('\n'))).toEqual(tooLarge);
  expect(problemsOf('['.repeat(50_000))).toEqual(tooLarge);
  expect(problemsOf('{a: '.repeat(20_000))).toEqual(tooLarge);
}, 10_000);

test('variables are expanded in values, and take the type of their field', () => {
  const text =
    `${head}defaults:\n  ssh: {port: "$` +
    '{PORT}", user: "${USER_ID}"}\n  verify: {commands: ["test $${HOME} = /${H}"]}\nservers:\n' +
    '  - name: web-${N}\n    host: 10.0.${N}.1\n    ssh:\n      port: ${PORT}\n      sudo: ${SUDO}\n      jump: ${NONE}\n';
  const env = { PORT: '2222', USER_ID: '1000', SUDO: 'true', NONE: '', N: '7', H: '${N}' };
  const fleet = parsed(text, { env });
  expect(fleet.defaults.ssh).toEqual({ port: 2222, user: '1000' });
  // What a variable holds is not expanded again.
  expect(fleet.defaults.verify.commands).toEqual(['test ${HOME} = /${N}']);
  expect(fleet.servers[0]).toMatchObject({ name: 'web-7', host: '10.0.7.1' });
  expect(fleet.servers[0]?.overrides.ssh).toEqual({ port: 2222, sudo: true, jump: null });
});

test('a variable without quotes in a flow collection is explained', () => {
  expect(problemsOf(`${head}servers: [{name: s, host: $` + '{toString}}, {name: t, host: i}]\n')).toEqual([
    'f.yaml:3:27  a ${NAME} between { } or [ ] must stand in quotes.',
  ]);
});

test('a variable that is not set is told of once, and what a variable holds is never shown', () => {
  const text =
    `${head}servers:\n  - {name: s, host: "$` + '{NO_HOST}", tags: ["a${B-c}"], ssh: {user: "${BAD}"}}\n';
  expect(problemsOf(text, { env: { BAD: 'a b\nsecret' } })).toEqual([
    'f.yaml:4:22  environment variable "NO_HOST" is not set. Set it, or write $${ where ${ itself is meant.',
    'f.yaml:4:44  "${B-c}" is not the name of a variable. Write $${ where ${ itself is meant.',
    'f.yaml:4:66  ssh.user of server "s" must be a login name: letters, digits, "_", ".", "-" and "@", ' +
      'not what "${BAD}" stands for.',
  ]);
  expect(problemsOf(`${head}servers: [{name: s, host: "$` + '{toString}"}]', { env: {} })).toEqual([
    expect.stringContaining('environment variable "toString" is not set'),
  ]);
});

test('a variable cannot bring in a list, a map or a field', () => {
  const text = `${head}servers: $` + '{LIST}\n';
  expect(problemsOf(text, { env: { LIST: '[{name: s, host: h}]' } })).toEqual([
    'f.yaml:3:10  servers must be a list, not what "${LIST}" stands for.',
  ]);
  expect(problemsOf(`${minimal}$` + '{KEY}: 1\n', { env: { KEY: 'waves' } })).toEqual([
    'f.yaml:4:1  unknown field "${KEY}" at the top level.',
  ]);
});

test('a password never gets into the fleet', () => {
  const server = (fields: string) => `${head}servers:\n  - {name: s, host: h, ${fields}}\n`;
  const env = { PW: 'hunter2' };
  expect(parsed(server('ssh: {passwordEnv: PW}'), { env }).servers[0]?.overrides.ssh).toEqual({
    passwordEnv: 'PW',
  });
  expect(problemsOf(server('ssh: {passwordEnv: "${PW}"}'), { env })).toEqual([
    'f.yaml:4:43  passwordEnv is the name of a variable, and no value is expanded here. ' +
      'Write DB1_PASSWORD, not ${DB1_PASSWORD}.',
  ]);
  const both = 'ssh: {passwordEnv: PW}, verify: {commands: ["login ${PW}"]}';
  expect(problemsOf(server(both), { env })).toEqual([
    'f.yaml:4:43  the password in variable "PW" would stand in the inventory, and so in Temporal. ' +
      'Use ${PW} nowhere in this file.',
  ]);
  // Another variable with the same in it, and the password itself.
  const long = { PW: 'correct-horse', ALSO: 'correct-horse' };
  for (const text of ['login ${ALSO}', 'login -pcorrect-horse']) {
    const fields = `ssh: {passwordEnv: PW}, verify: {commands: ["${text}"]}`;
    expect(problemsOf(server(fields), { env: long })).toEqual([
      'f.yaml:4:68  the password in variable "PW" stands here, and would stand in Temporal. ' +
        'Take it out; passwordEnv with the name of the variable is enough.',
    ]);
  }
});

test('what is a secret by its name is not expanded into the fleet', () => {
  const server = (command: string) =>
    `${head}servers:\n  - {name: s, host: h, verify: {commands: ["${command}"]}}\n`;
  const names = ['APP_TOKEN', 'DB_PASSWORD', 'db_pass', 'AWS_SECRET_ACCESS_KEY', 'API_KEY', 'PASSWORD_OF_DB'];
  for (const name of names) {
    expect(problemsOf(server(`check $` + `{${name}}`), { env: { [name]: 'hunter2' } })).toEqual([
      `f.yaml:4:44  "${name}" is a secret by its name, and what it holds would stand in Temporal and in reports. ` +
        'Let a command read it on the server, out of a file there; or rename the variable if it is none.',
    ]);
  }
  for (const name of ['DC', 'SSH_KEY', 'TOKEN_FILE', 'PASSWORD_PATH', 'COMPASS', 'MONKEY'])
    expect(problemsOf(server(`check $` + `{${name}}`), { env: { [name]: '/x' } })).toEqual([]);
  // The server's own shell reads its own variable.
  expect(problemsOf(server('check $$' + '{APP_TOKEN}'), { env: {} })).toEqual([]);
});
