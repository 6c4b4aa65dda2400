/** The file beside what runs: a conversion changes the form of the cluster alone, so both must say the same. */
import { isDeepStrictEqual } from 'node:util';
import type { Component, ClusterSpec, Host } from '../../model/cluster.js';
import { componentKeys } from '../../model/components.js';
import { type Hit, hit, onHost } from '../../preflight/upgrade/finding.js';
import { type Drawing, heldText } from '../draw/draw.js';
import type { Held } from '../draw/drawing.js';
import { type ConversionJudge, stands } from './finding.js';

export const fileJudge: ConversionJudge = ({ spec, drawing }) => [
  ...stands('file-differs', 'blocker', differences(compared(spec), compared(drawing.spec)), {
    why: 'the file says something else than what runs, and a wish is carried out once the cluster is converted',
    next: 'kw adopt -o now.yaml with the same hosts draws a file of today: take over from it what differs',
  }),
  ...stands('cannot-be-said', 'blocker', [...wordsHeld(drawing.held, spec), ...othersHeld(drawing, spec)], {
    why: 'no cluster file can say it, so it would be lost',
    next: 'take it away by kubeadm’s own means where nobody needs it, or leave the cluster as it is',
  }),
];

const wordsHeld = (held: readonly Held[], { name }: ClusterSpec): readonly Hit[] =>
  held
    // kube-proxy stays the DaemonSet that it is.
    .filter(({ component }) => component !== 'proxy')
    .flatMap(({ component, word, why, hosts }) => {
      const detail = `${componentKeys[component]}: ${word} (${why})`;
      return hosts ? hosts.map(host => onHost(host, detail)) : [hit('cluster', name, detail)];
    });

/** Networks of IPv6, names in certificates: no argument of a component. */
const othersHeld = ({ lines, held }: Drawing, { name }: ClusterSpec): readonly Hit[] => {
  const words = new Set(held.map(heldText));
  return lines
    .filter(({ kind, says }) => kind === 'held' && !words.has(says))
    .map(({ says }) => hit('cluster', name, says));
};

/** What decides how components run; how hosts are reached, and lives of certificates yet to come, do not. */
const compared = ({ kubernetes, hosts, endpoint, network, components, pki: { sans } }: ClusterSpec) => ({
  kubernetes,
  hosts: Object.fromEntries(hosts.map(host => [host.name, ofHost(host)])),
  endpoint,
  network,
  components: Object.fromEntries(
    Object.entries(components)
      .filter(([key]) => key !== 'proxy' && key !== 'containerd')
      .map(([key, component]: [string, Partial<Component>]) => [key, component]),
  ),
  pki: { sans: [...sans].sort() },
});

const ofHost = ({ address, roles, labels, taints }: Host) => ({ address, roles: [...roles].sort(), labels, taints });

const differences = (file: unknown, runs: unknown, path = ''): readonly Hit[] => {
  if (isDeepStrictEqual(file, runs)) return [];
  if (isMap(file) && isMap(runs))
    return [...new Set([...Object.keys(file), ...Object.keys(runs)])]
      .sort()
      .flatMap(key => differences(file[key], runs[key], path === '' ? key : `${path}.${key}`));
  return [hit('cluster-file', path, `${shown(file)} in the file, ${shown(runs)} on the hosts`)];
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
