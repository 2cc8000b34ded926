import { setTimeout as delay } from 'node:timers/promises';
import { ChangeLines } from '../console/changes.js';
import { Painter } from '../console/painter.js';
import { renderProgress, type LiveStep } from '../console/progressView.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { Progress } from '../model/job.js';
import type { MigrationStatus } from '../model/messages.js';
import { comeBack } from './comeBack.js';
import { progressOf } from './progressOf.js';
import type { Session } from './session.js';

const POLL_MS = 1_000;

/**
 * Shows a migration until nothing of it runs any more; null: interrupted before.
 *
 * Temporal and the embedded service may die and come back meanwhile.
 * @throws E-TEMPORAL where it does not come back, E-MIGRATION-ENDED where somebody has ended its workflow.
 */
export async function followMigration(
  session: Session,
  name: string,
  interrupted: AbortSignal,
): Promise<MigrationStatus | null> {
  const screen = createScreen();
  const clock = new StepClock();
  let lastAnswerMs = Date.now();
  try {
    while (!interrupted.aborted) {
      try {
        const status = await ask(session, name);
        lastAnswerMs = Date.now();
        if (status.outcome !== 'running') return status;
        const { client } = await session.connect();
        screen.show(status, clock.live(status, await progressOf(client, status)));
      } catch (error) {
        await comeBack(session, error, name, Date.now() - lastAnswerMs);
      }
      await delay(POLL_MS, undefined, { signal: interrupted }).catch(() => undefined);
    }
    return null;
  } finally {
    screen.end();
  }
}

async function ask(session: Session, name: string): Promise<MigrationStatus> {
  const [{ queryMigration }, { endedFromOutside }] = await Promise.all([
    import('../temporal/migrations.js'),
    import('../temporal/endedFromOutside.js'),
  ]);
  const { client } = await session.connect();
  const status = await queryMigration(client, name);
  if (status !== null) {
    const ended = await endedFromOutside(client, status);
    if (ended !== null) throw ended;
    return status;
  }
  throw new FleetliftError('E-TEMPORAL', {
    message: `Temporal does not know the migration ${name} any more`,
    remedy: 'start it again with the same command: what is finished stays finished',
  });
}

interface Screen {
  show(status: MigrationStatus, live: ReadonlyMap<string, LiveStep>): void;
  end(): void;
}

/** A block repainted in place on a terminal, a line per change elsewhere; always on stderr, stdout is the result's. */
function createScreen(): Screen {
  if (process.stderr.isTTY) {
    const painter = new Painter(process.stderr);
    return {
      show: (status, live) =>
        painter.paint(renderProgress(status, live, { width: painter.width, height: painter.height })),
      end: () => painter.clear(),
    };
  }
  const changes = new ChangeLines();
  return {
    show: (status, live) => {
      const progress = new Map(
        [...live].flatMap(([name, step]) => (step.progress === null ? [] : [[name, step.progress]])),
      );
      for (const line of changes.next(status, progress)) process.stderr.write(`${line}\n`);
    },
    end: () => undefined,
  };
}

/** Knows since when each server is where it is, as seen from here. */
class StepClock {
  private readonly since = new Map<string, { key: string; startMs: number }>();

  live(status: MigrationStatus, progress: ReadonlyMap<string, Progress>): Map<string, LiveStep> {
    const live = new Map<string, LiveStep>();
    for (const { name, status: state, step } of status.servers) {
      if (state !== 'Running') continue;
      const current = progress.get(name) ?? null;
      const key = `${step ?? ''} ${current?.detail ?? ''}`;
      const known = this.since.get(name);
      const startMs = known?.key === key ? known.startMs : Date.now();
      this.since.set(name, { key, startMs });
      live.set(name, { progress: current, elapsedSeconds: (Date.now() - startMs) / 1000 });
    }
    return live;
  }
}
