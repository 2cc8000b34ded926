/** What a tool is told of our environment. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ'];

/**
 * The environment of every tool that is run on our side. Ours may hold passwords of servers (`ssh.passwordEnv`), which
 * are nobody else's: a tool's environment can be read in /proc by its user.
 */
export function toolEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return { ...(Object.fromEntries(passed) as NodeJS.ProcessEnv), LC_ALL: 'C' };
}
