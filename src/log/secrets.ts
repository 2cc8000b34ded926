/** What must stand in no log: passwords and tokens that this process was given. */

/** Environment variables that are secrets by their name. */
const SECRET_NAME = /PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_?KEY/i;
/** Shorter ones would take away half of what a log says, and hide nothing that could not be guessed. */
const SHORTEST = 4;
const HIDDEN = '[hidden]';

const secrets = new Set<string>();

/** Hides a value from now on; the environment's own secrets are hidden from the start. */
export function hide(value: string): void {
  if (value.length < SHORTEST) return;
  secrets.add(value);
  // As it stands in a line of JSON.
  secrets.add(JSON.stringify(value).slice(1, -1));
}

/** Hides what the environment has under names of secrets; a file's name is none. */
export function hideEnvironment(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && SECRET_NAME.test(name) && !/_(FILE|PATH)$/.test(name)) hide(value);
  }
}

export function withoutSecrets(text: string): string {
  let shown = text;
  // The longest first, since one may be a part of another.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    shown = shown.replaceAll(secret, HIDDEN);
  }
  return shown;
}
