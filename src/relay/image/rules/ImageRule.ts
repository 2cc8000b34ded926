import type { TreeEditor } from '../tree/TreeEditor.js';
import type { ImageRequest } from '../types.js';

/** One thing that the image step does to the server's tree. */
export interface ImageRule {
  readonly id: string;
  /** Told in the list of changes for every path that the rule touches. */
  readonly reason: string;
  apply(tree: TreeEditor, request: ImageRequest): Promise<void>;
}
