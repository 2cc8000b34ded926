import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Stands before `setpriv`, by which the relay runs each of its tools, on the service's PATH: it writes every call down,
 * and kills the service at the one that a test has named. Nothing of the product knows it.
 */
export class ToolGate {
  private constructor(private readonly folder: string) {}

  /** @param folder - on the disk of the state folder: a relay sees it inside its jobs' namespaces too */
  static async make(folder: string): Promise<ToolGate> {
    const { stdout: setpriv } = await execa('sh', ['-c', 'command -v setpriv']);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'setpriv'), script(folder, setpriv), { mode: 0o755 });
    return new ToolGate(folder);
  }

  /** For the command that starts the service. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: `${this.folder}:${process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'}` };
  }

  /** The tools that the image step last begun has run, up to their first path; to be asked once that step is over. */
  async imageCalls(): Promise<string[]> {
    const calls = (await readFile(join(this.folder, 'calls'), 'utf8')).trim().split('\n');
    const last = calls.findLastIndex((call) => call.startsWith(LAST_CALL));
    return calls.slice(0, last + 1).map((call) => call.split(' /')[0] ?? '');
  }

  /** Has the service killed when the image step comes to that call, counted from 1, before the tool runs. */
  async stopAt(call: number): Promise<void> {
    await rm(this.fired, { force: true });
    await writeFile(this.stop, String(call));
  }

  /** Whether the service has been killed since {@link stopAt}. */
  async hasStopped(): Promise<boolean> {
    return (await readFile(this.fired, 'utf8').catch(() => '')) !== '';
  }

  /** Lets every call through. */
  async open(): Promise<void> {
    await rm(this.stop, { force: true });
  }

  private get stop(): string {
    return join(this.folder, 'stop-at');
  }

  private get fired(): string {
    return join(this.folder, 'fired');
  }
}

/** With one of these for each disk the image step begins and ends. */
const FIRST_CALL = 'cp --reflink=auto';
const LAST_CALL = 'qemu-img compare';

/** A tool inside a namespace has setpriv called once more, in there: the environment tells that it was counted. */
const script = (folder: string, setpriv: string): string => `#!/bin/sh
[ -z "\${FLEETLIFT_GATE-}" ] || exec ${setpriv} "$@"
export FLEETLIFT_GATE=passed
call=$(printf '%s' "\${*##*--pdeathsig KILL }" | head -n 1 | cut -c 1-100)
case $call in
'${FIRST_CALL} '*)
  # The copy of a second disk does not begin a step, unless it is another service that copies.
  case "$(tail -n 1 ${folder}/calls 2>/dev/null) $(cat ${folder}/service 2>/dev/null)" in
  '${FIRST_CALL} '*" $PPID") ;;
  *) : >${folder}/calls; echo $PPID >${folder}/service ;;
  esac
  ;;
esac
printf '%s\\n' "$call" >>${folder}/calls
if [ -s ${folder}/stop-at ] && [ "$(wc -l <${folder}/calls)" = "$(cat ${folder}/stop-at)" ]; then
  printf '%s\\n' "$call" >${folder}/fired
  rm ${folder}/stop-at
  kill -KILL $PPID
  exit 137
fi
exec ${setpriv} "$@"
`;
