import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs } from '../../../read/cni.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { controls, hostsOf, nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at, readYaml } from '../../../read/yaml.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { type Cidr, parseCidr, prefixOf } from '../../../../net/address.js';
import { sh } from '../../../../shell/sh.js';
import { type Quote, quotedObject, quotedOn } from '../../../read/quote.js';

type Facts = {
  /** `needs`: who reads the nodes' shares. */
  'not-allocated': {
    readonly node: string;
    readonly needs: string;
    /** A control plane, and what its controller manager is told of --allocate-node-cidrs. */
    readonly master: string;
    readonly told?: string;
  };
  'pool-exhausted': {
    readonly node: string;
    readonly pool: Cidr;
    readonly giver: string;
    /** Bits of the network of one share. */
    readonly length: number;
    readonly shares: number;
    readonly nodes: number;
  };
  'node-without': { readonly node: string; readonly needs: string; readonly others: number };
};
type Finding = FoundOf<Facts>;

export default defineCase<Facts>({
  id: 'podcidr-unassigned',
  precedence: 500,
  title: 'A node without a share of the pod network',
  variants: {
    'not-allocated': {
      means: 'the pod network needs a share for each node, and the controller manager is not told to give any',
      says: ({ facts: { node, needs } }) =>
        `node ${node} has no share of the pod network, which ${needs} needs, but no controller manager is ` +
        'told to give any (--allocate-node-cidrs, --cluster-cidr)',
      shows: ({ facts: { node, master, told } }) => [
        noShare(node),
        quotedOn(master, 'processes', kcm, `--allocate-node-cidrs=${told ?? '(not given)'}`),
      ],
    },
    'pool-exhausted': {
      means: 'the cluster’s pod network has fewer shares than there are nodes',
      says: ({ facts: { node, pool, giver, shares, nodes } }) =>
        `node ${node} has no share of the pod network: ${pool} on ${giver} has ${shares} ` +
        `${shares === 1 ? 'share' : 'shares'} for ${nodes} nodes`,
      shows: ({ facts: { node, pool, giver, length } }) => [
        noShare(node),
        quotedOn(giver, 'processes', kcm, `--cluster-cidr=${pool} --node-cidr-mask-size=${length}`),
      ],
    },
    'node-without': {
      means: 'this node alone has none',
      says: ({ facts: { node, needs, others } }) =>
        `node ${node} has no share of the pod network, which ${needs} needs, while ${others} other nodes have theirs`,
      shows: ({ facts }) => [noShare(facts.node)],
    },
  },
  told: [['pod-cidr', 'missing']],
  symptoms: [
    { text: /node "[^"]+" pod cidr not assigned/ },
    { text: /CIDRNotAvailable|no remaining CIDRs left to allocate/ },
    { text: /failed to allocate cidr/ },
    { text: /Error registering network: failed to acquire lease/ },
    { text: /required IPv[46] (?:Pod)?CIDR not available/ },
    { text: /Kubenet does not have netConfig|no podCIDR/i, benign: 'for some seconds, on a node that has just come' },
  ],
  explains: ['node-not-ready-cni', 'stale-cni', 'data-path'],
  lab: true,
  sources: [
    'flannel-io/flannel#728',
    'kubernetes/kubernetes#103898',
    'kubernetes/kubernetes#85866',
    'kubernetes/kubernetes#114560',
  ],
  badCures: [
    {
      cure: 'kubectl patch node … podCIDR by hand, with a guess',
      why: 'a share cannot be changed once it is set, and the controller manager may give the same to another node',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const nodes = objectsSeen(evidence, chart, 'nodes');
    for (const host of hostsOf(chart).filter(controls)) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const without = (nodes ?? []).filter(
      node => node.spec && !node.spec.podCIDR && !chart.stopped?.includes(node.metadata.name),
    );
    const who = readerOf(chart, evidence);
    if (!nodes || without.length === 0 || who === undefined) return evidence.verdict([]);
    return evidence.verdict(without.map(node => judged(chart, nodes, node, who)));
  },

  therapy(finding, chart) {
    const { node } = finding.facts;
    const path = `/api/v1/nodes/${node}`;
    const own = isOurs(chart) ? restoreAt(chart, 'cluster', path).filter(one => one.kind === 'object') : [];
    if (own.length > 0) return { title: `Give ${node} its share of the pod network again`, risk: 'none', want: own };
    const pool = finding.variant === 'not-allocated' ? configuredPool(chart)?.join(',') : undefined;
    const want =
      pool === undefined
        ? []
        : hostsOf(chart)
            .filter(controls)
            .flatMap(host =>
              flagSet(
                host,
                'kube-controller-manager',
                { 'allocate-node-cidrs': 'true', 'cluster-cidr': pool },
                'every node gets a share of the pod network',
              ),
            );
    if (want.length > 0) return { title: `Have the controller managers give shares of ${pool}`, risk: 'restart', want };
    return finding.variant === 'pool-exhausted'
      ? {
          refused: 'a larger pod network changes every node and the network’s own configuration',
          advice: [
            'nodes that are gone for good: kubectl delete node, and their shares are free again',
            'a larger --cluster-cidr, or a larger --node-cidr-mask-size for new nodes, together with the ' +
              'network’s configuration',
            'from 1.29 on with MultiCIDR support of the network: a further ClusterCIDR',
          ],
        }
      : {
          refused: 'nobody says which pod network this cluster shall have',
          advice: [
            'find it in the network’s own configuration (flannel: net-conf.json)',
            '--allocate-node-cidrs=true and --cluster-cidr of the same network, in every controller manager',
            'a node that alone has none: kubectl delete node NAME, then restart its kubelet',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: sh`kubectl get node ${finding.facts.node} -o jsonpath={.spec.podCIDR}`,
      answer: '(nothing)',
      healthy: 'a network such as 10.244.3.0/24',
    },
  ],
});

const kcm = 'kube-controller-manager';

/** Who reads the nodes' shares; undefined: nobody that was seen, and then a node without one is well. */
const readerOf = (chart: Chart, evidence: EvidenceReader): string | undefined => {
  if (isOurs(chart)) return 'Kubewizard’s own pod network';
  if (
    hostsOf(chart)
      .filter(controls)
      .some(host => flagsOf(host, kcm).inForce?.get('allocate-node-cidrs') === 'true')
  )
    return 'kube-controller-manager with --allocate-node-cidrs';
  for (const host of nodesOf(chart)) {
    evidence.read(host.files);
    const [config] = cniConfigs(host);
    if (config?.types.includes('flannel')) return `flannel (${config.path} on ${host.name})`;
    if (config && /"usePodC[Ii][Dd][Rr]|"subnet": *"usePodCidr/.test(config.file.text ?? ''))
      return `${config.path} on ${host.name}`;
  }
  const sets = objectsSeen(evidence, chart, 'daemonsets.apps') ?? [];
  const found = sets.find(one => /flannel|kube-router/.test(one.metadata.name));
  return found && `${found.metadata.name}`;
};

const judged = (chart: Chart, nodes: readonly ApiObject[], node: ApiObject, who: string): Finding => {
  const name = node.metadata.name;
  const masters = hostsOf(chart).filter(controls);
  const giver = masters.find(host => flagsOf(host, kcm).inForce?.get('allocate-node-cidrs') === 'true');
  const flags = giver && flagsOf(giver, kcm).inForce;
  const pool = parseCidr(flags?.get('cluster-cidr')?.split(',')[0] ?? '');
  const length = Number(flags?.get('node-cidr-mask-size') ?? 24);
  const shares = 2 ** Math.max(0, length - (pool ? prefixOf(pool) : 24));
  const at = { host: 'cluster', subject: { node: name } };
  if (giver && pool && nodes.length > shares)
    return {
      variant: 'pool-exhausted',
      ...at,
      facts: { node: name, pool, giver: giver.name, length, shares, nodes: nodes.length },
    };
  const [master] = masters;
  if (!giver && !isOurs(chart) && master) {
    const told = flagsOf(master, kcm).inForce?.get('allocate-node-cidrs');
    return {
      variant: 'not-allocated',
      ...at,
      facts: { node: name, needs: who, master: master.name, ...(told !== undefined && { told }) },
    };
  }
  return {
    variant: 'node-without',
    ...at,
    facts: { node: name, needs: who, others: nodes.filter(one => one.spec?.podCIDR).length },
  };
};

/** The pod network as others were told of it: flannel, kube-proxy, kubeadm. Of both families where it has both. */
const configuredPool = (chart: Chart): readonly Cidr[] | undefined => {
  const maps = chart.api.objects.configmaps;
  for (const map of maps && 'value' in maps ? maps.value : []) {
    const flannel = poolIn(/"Network": *"([\d./]+)"/.exec(String(at(map, 'data', 'net-conf.json') ?? ''))?.[1]);
    if (flannel) return flannel;
    const kubeadm = readYaml(String(at(map, 'data', 'ClusterConfiguration') ?? ''));
    const subnet = 'value' in kubeadm ? poolIn(at(kubeadm.value, 'networking', 'podSubnet')) : undefined;
    if (subnet) return subnet;
  }
  for (const host of nodesOf(chart)) {
    const file = ('value' in host.files ? host.files.value : []).find(
      one => one.path === flagsOf(host, 'kube-proxy').inForce?.get('config'),
    );
    const proxy = readYaml(file?.text ?? '');
    const cidr = 'value' in proxy ? poolIn(at(proxy.value, 'clusterCIDR')) : undefined;
    if (cidr) return cidr;
  }
  return undefined;
};

const poolIn = (told: unknown): readonly Cidr[] | undefined => {
  const all = String(told).split(',').map(parseCidr);
  const read = all.filter(one => one !== undefined);
  return read.length === all.length ? read : undefined;
};

function noShare(node: string): Quote {
  return quotedObject('nodes', node, 'spec.podCIDR: (none)');
}
