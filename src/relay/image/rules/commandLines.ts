import type { SourceFacts } from '../../../model/facts.js';
import { splitCommandLine, withoutOldMachine } from '../../../plan/commandLine.js';
import { withConsoles } from '../grub/parameters.js';
import { rootParameters } from '../grub/rootParameters.js';
import type { ServerTree } from '../tree/ServerTree.js';
import { cardNameParameters } from './network/cardNames.js';

/** A boot entry of RHEL 8 takes its parameters, root included, from grubenv. */
const TAKEN_FROM_GRUBENV = /^\$\{?kernelopts\}?$/;

/**
 * How the image writes a command line that stands in the server's settings: root by UUID, nothing that names old devices,
 * everything else in its order, variables such as `$tuned_params` too.
 */
export async function imageCommandLine(
  tree: ServerTree,
  facts: SourceFacts,
): Promise<(line: string) => string> {
  const cards = await cardNameParameters(tree);
  return (line) => {
    const kept = withoutOldMachine(splitCommandLine(line));
    if (kept.some((word) => TAKEN_FROM_GRUBENV.test(word))) return kept.join(' ');
    const added = cards.filter((word) => !kept.includes(word));
    return [...rootParameters(tree.mounts, facts, kept), ...withConsoles([...kept, ...added])].join(' ');
  };
}
