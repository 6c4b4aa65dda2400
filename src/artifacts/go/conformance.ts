/** Upstream's own judge of a cluster and what its tests run in their pods, built of the same module as the cluster. */
import { type GoProgram, type GoRecipe, kubernetesRecipe } from './recipes.js';

const programs: readonly GoProgram[] = [
  { name: 'e2e.test', path: 'k8s.io/kubernetes/test/e2e', seconds: 400, test: true },
  { name: 'agnhost', path: 'k8s.io/kubernetes/test/images/agnhost', seconds: 30 },
  { name: 'nonewprivs', path: 'k8s.io/kubernetes/test/images/nonewprivs', seconds: 2 },
  { name: 'sample-apiserver', path: 'k8s.io/sample-apiserver', seconds: 20 },
];

/** Not part of any cluster: `kw verify --conformance` runs it for who names it. */
export const conformanceRecipe = (version: string): GoRecipe => ({
  ...kubernetesRecipe(version),
  name: 'conformance',
  programs,
});
