import { cluster } from '../../../src/blueprint/cluster.js';
import { diagnosticsText } from '../../../src/cli/view/diagnostics.js';
import { release } from '../../../src/catalog/index.js';
import { leftOut } from '../../../src/plan/leaving.js';
import { finalKeys } from '../../../src/plan/final-keys.js';
import { explainDefaults, readCluster } from '../../../src/spec/index.js';
import { inputFor, released } from '../../golden/input.js';
import { Complaint, type Target } from '../target.js';
import { fileTexts } from './examples.js';

/** A blueprint of more hosts says nothing new and takes long. */
const mostHosts = 30;

const read = (text: string): void => {
  const checked = readCluster(text, 'cluster.yaml');
  explainDefaults(text, 'cluster.yaml');
  const problems = checked.ok ? checked.warnings : checked.problems;
  for (const { says, at, code } of problems) {
    if (says.trim() === '' || code === '') throw new Complaint('a problem that says nothing');
    if (at?.file !== 'cluster.yaml' || !(at.line >= 1) || !(at.column >= 1))
      throw new Complaint(`${code} has no place`);
  }
  diagnosticsText(problems, { source: text });
  if (!checked.ok || checked.value.hosts.length > mostHosts || !release(checked.value.kubernetes)) return;
  const input = inputFor(checked.value, released(checked.value.kubernetes, '1.7.27'));
  cluster(input);
  finalKeys(checked.value, input.facts);
  leftOut(checked.value, input.facts);
};

export const clusterFile: Target = {
  name: 'cluster-file',
  form: 'yaml',
  examples: () => [
    ...fileTexts('test/corpus/cluster-files/good', /\.yaml$/),
    ...fileTexts('test/corpus/cluster-files/broken', /\.yaml$/),
  ],
  run: read,
};
