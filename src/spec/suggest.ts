/** "Did you mean …?": the nearest known word, by edit distance or because others call it so. */

import { wishFor } from './wishes.js';

/** What people coming from other tools write. */
const known: ReadonlyMap<string, string> = new Map(
  Object.entries({
    nodes: 'hosts',
    machines: 'hosts',
    servers: 'hosts',
    version: 'kubernetes',
    kubernetesversion: 'kubernetes',
    master: 'controlPlane',
    controlplane: 'controlPlane',
    node: 'worker',
    agent: 'worker',
    lb: 'loadBalancer',
    ip: 'address',
    internaladdress: 'address',
    hostname: 'name',
    podcidr: 'pods',
    podsubnet: 'pods',
    clustercidr: 'pods',
    servicecidr: 'services',
    servicesubnet: 'services',
    dnsdomain: 'domain',
    networking: 'network',
    vip: 'virtual-address',
    keepalived: 'virtual-address',
    haproxy: 'local',
    certsans: 'sans',
    extrasans: 'sans',
    kubeproxy: 'proxy',
    kubeapiserver: 'apiserver',
    identityfile: 'key',
    bastion: 'jump',
  }),
);

export const suggest = (word: string, among: readonly string[]): string | undefined => {
  const bare = simple(word);
  const alias = known.get(bare);
  if (alias && among.includes(alias)) return alias;
  const [best] = among
    .map(candidate => ({ candidate, distance: distance(bare, simple(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(bare.length / 3)) ? best.candidate : undefined;
};

export const didYouMean = (word: string, among: readonly string[]): string => {
  const found = suggest(word, among);
  if (found) return `did you mean '${found}'?`;
  const how = wishFor(word);
  if (how) return how;
  return among.length <= 20 ? `known here: ${among.join(', ')}` : 'kw docs cluster-file lists them';
};

const simple = (word: string): string => word.slice(0, 64).toLowerCase().replaceAll(/[-_ ]/g, '');

/** Levenshtein, with a swap of neighbours counted as one. */
const distance = (a: string, b: string): number => {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same, swapped));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
};
