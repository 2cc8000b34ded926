import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { projectFile } from './projectFile.js';

/** The parts of the agent, in the order in which they make one script. */
const PARTS = ['transfer.sh', 'facts.sh', 'initramfs.sh', 'timer.sh', 'quiesce.sh', 'snapshot.sh', 'main.sh'];

export interface AgentScript {
  readonly text: string;
  /** Hex. */
  readonly sha256: string;
}

let loaded: Promise<AgentScript> | null = null;

/** The script that is pushed to sources, put together once a process. */
export function agentScript(): Promise<AgentScript> {
  loaded ??= Promise.all(PARTS.map((part) => readFile(projectFile(`agent/${part}`), 'utf8'))).then(
    (parts) => {
      const text = `#!/bin/sh\n${parts.join('\n')}`;
      return { text, sha256: createHash('sha256').update(text).digest('hex') };
    },
  );
  return loaded;
}
