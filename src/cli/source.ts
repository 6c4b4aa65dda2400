/** The options by which a command of the clinic names a cluster. */
import { readClusterFile } from '../workflow/cluster-file.js';
import type { Source } from '../workflow/clinic/evidence.js';

export interface SourceOptions extends Omit<Source, 'file'> {
  readonly file: string;
}

export const sourceOf = ({ file, ...named }: SourceOptions): Source => ({
  ...named,
  file: () => readClusterFile(file),
});
