import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { at, listAt } from '../../../read/yaml.js';
import { quote } from '../../../../shell/sh.js';
import { type Controller, controllerLists, type Facts, nameOf, taint } from './facts.js';
import { therapy } from './therapy.js';
import { type Quote, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export default defineCase<Facts>({
  id: 'cloud-uninitialized',
  precedence: 270,
  title: 'Nodes wait for a cloud controller to initialize them',
  variants: {
    'no-controller': {
      means: 'kubelets run with --cloud-provider=external, and no cloud controller is there',
      says: ({ facts: { node } }) =>
        `the kubelet of ${node} runs with --cloud-provider=external and waits to be initialized, ` +
        'but no cloud controller is in the cluster',
      shows: proof,
    },
    'kept-away': {
      means: 'the cloud controller does not tolerate the taint that it shall take away',
      says: ({ facts: { node, controllers } }) =>
        `the node ${node} waits for ${controllers.map(nameOf).join(', ')}, which does not tolerate ${taint}: ` +
        'neither can begin',
      shows: proof,
    },
    leftover: {
      means: 'the taint is still on the node, though its kubelet has no external cloud provider any more',
      says: ({ facts: { node } }) =>
        `the node ${node} has the taint ${taint}, but its kubelet runs without --cloud-provider=external: ` +
        'nobody will take it away',
      shows: proof,
    },
  },
  told: [['cloud-taint'], ['cloud-taint', 'taint']],
  symptoms: [
    {
      text: /node\.cloudprovider\.kubernetes\.io\/uninitialized/,
      benign: 'for some seconds, until the cloud controller has seen the new node',
    },
    // The line that names no taint; another one is told by kubectl describe node.
    { text: /\b\d+ node\(s\) had (untolerated )?taint\(s\)/, benign: 'the nodes carry another taint on purpose' },
    { text: /had (untolerated )?taint \{node\.cloudprovider\.kubernetes\.io\/uninitialized/ },
  ],
  explains: ['node-not-ready-cni', 'cloud-provider-wrong/differs'],
  lab: true,
  sources: [
    'digitalocean/digitalocean-cloud-controller-manager#281',
    'kubernetes/cloud-provider-openstack#2200',
    'hetznercloud/hcloud-cloud-controller-manager#567',
  ],
  badCures: [
    {
      cure: 'kubectl taint nodes --all node.cloudprovider.kubernetes.io/uninitialized- and nothing else',
      why: 'providerID and addresses stay empty, and the next node that registers waits again',
      text: /kubectl taint nodes? .{0,80}cloudprovider\.kubernetes\.io\/uninitialized(:\w+)?-/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const nodes = objectsSeen(evidence, chart, 'nodes') ?? [];
    const tainted = nodes.filter(
      node => listAt(node, 'spec', 'taints').some(one => at(one, 'key') === taint) && !at(node, 'spec', 'providerID'),
    );
    if (tainted.length === 0) return evidence.verdict([]);
    for (const host of nodesOf(chart)) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const controllers = controllersIn(chart, evidence);
    return evidence.verdict(tainted.flatMap(node => ofNode(chart, node, controllers, evidence)));
  },

  therapy,

  verify: finding => [
    {
      host: 'cluster',
      command: `kubectl get node ${quote(finding.facts.node)} -o jsonpath='{.spec.taints} {.spec.providerID}'`,
      answer: finding.shows[0]?.text ?? '',
      healthy: `no taint ${taint}, and a providerID`,
    },
  ],
});

const names = /cloud-controller|cloud-provider|[-_]ccm\b|^ccm[-_]/;

interface Seen {
  readonly controller: Controller;
  readonly tolerant: boolean;
}

/** undefined: could not be seen. Pods count as well: static ones have no workload. */
const controllersIn = (chart: Chart, evidence: EvidenceReader): readonly Seen[] | undefined => {
  const all = controllerLists.map(list => ({ list, seen: objectsSeen(evidence, chart, list) }));
  return all.some(one => one.seen === undefined)
    ? undefined
    : all.flatMap(({ list, seen = [] }) =>
        seen
          .filter(one => names.test(one.metadata.name))
          .map(one => ({
            controller: { list, namespace: one.metadata.namespace ?? 'default', name: one.metadata.name },
            tolerant: tolerates(
              listAt(one, ...(one.spec?.template ? ['spec', 'template', 'spec'] : ['spec']), 'tolerations'),
            ),
          })),
      );
};

function ofNode(
  chart: Chart,
  node: ApiObject,
  controllers: readonly Seen[] | undefined,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const name = node.metadata.name;
  const host = nodesOf(chart).find(one => nodeNameOf(one) === name);
  const flags = host && flagsOf(host, 'kubelet').inForce;
  if (host && !flags) evidence.note(host.name, 'flags of kubelet', 'neither its process nor its unit was seen');
  if (!host || !flags) {
    if (!host) evidence.note(name, 'flags of kubelet', 'the host of this node is not examined');
    return [];
  }
  const facts = { node: name, written: { taints: node.spec?.taints, providerID: node.spec?.providerID ?? '' } };
  if (flags.get('cloud-provider') !== 'external')
    return [{ variant: 'leftover', host: host.name, subject: { node: name }, facts }];
  if (!controllers) return [];
  const [first] = controllers;
  if (!first) return [{ variant: 'no-controller', host: host.name, subject: { node: name }, facts }];
  return controllers.some(one => one.tolerant)
    ? []
    : [
        {
          variant: 'kept-away',
          host: host.name,
          subject: { node: name, controller: nameOf(first.controller) },
          facts: { ...facts, controllers: controllers.map(one => one.controller) },
        },
      ];
}

const tolerates = (tolerations: readonly unknown[]): boolean =>
  tolerations.some(one => at(one, 'key') === taint || (at(one, 'operator') === 'Exists' && !at(one, 'key')));

function proof({ facts: { node, written } }: Found<Facts['leftover']>): readonly Quote[] {
  return [quotedObject('nodes', node, JSON.stringify(written))];
}
