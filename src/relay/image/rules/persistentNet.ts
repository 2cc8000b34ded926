import type { ImageRule } from './ImageRule.js';

const RULES = ['/etc/udev/rules.d/70-persistent-net.rules'];

export const persistentNet: ImageRule = {
  id: 'persistent-net',
  reason: 'the rule binds interface names to the old network cards',
  async apply(tree) {
    for (const file of RULES) {
      if (!(await tree.isFile(file))) continue;
      await tree.save(file);
      await tree.remove(file);
    }
  },
};
