import type { ServerTree } from '../../tree/ServerTree.js';
import { FIRST_CARD as OF_NETWORK_SCRIPTS } from './ifcfg.js';
import { FIRST_CARD as OF_WICKED } from './wicked.js';

/** Kernel parameters that give the first card the name that a rule wrote down; none where no rule did. */
export async function cardNameParameters(tree: ServerTree): Promise<string[]> {
  for (const { file, text } of [OF_NETWORK_SCRIPTS, OF_WICKED]) {
    if ((await tree.isFile(file)) && (await tree.readText(file))?.startsWith(text) === true) {
      return ['net.ifnames=0', 'biosdevname=0'];
    }
  }
  return [];
}
