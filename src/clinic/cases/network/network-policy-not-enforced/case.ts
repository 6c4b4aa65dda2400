import { sh } from '../../../../shell/sh.js';
import { defineCase } from '../../../case.js';
import type { ApiObject } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { policyList } from '../../../traffic/traffic-ends.js';
import { enforcerSeen } from './agents.js';
import { pattern } from '../../../../model/pattern.js';
import { quotedObject, quotedOn } from '../../../read/quote.js';

type Facts = {
  /** `policies` of one namespace; `first` by name; `configs`: CNI configurations, of some hosts. */
  'no-agent': {
    readonly namespace: string;
    readonly first: string;
    readonly policies: number;
    readonly configs: readonly { readonly host: string; readonly path: string; readonly plugins: readonly string[] }[];
  };
};

export default defineCase<Facts>({
  id: 'network-policy-not-enforced',
  precedence: 960,
  title: 'NetworkPolicies that nobody enforces',
  variants: {
    'no-agent': {
      means: 'policies stand in the API, and nothing on any node carries them out: pods that they shut off are open',
      says: ({ facts: { namespace, first, policies } }) =>
        (policies === 1
          ? `NetworkPolicy ${namespace}/${first} stands `
          : `${policies} NetworkPolicies of namespace ${namespace} (${first} …) stand `) +
        'in the API, and no network plugin or agent of this cluster enforces any: every pod still reaches every other',
      shows: ({ facts: { namespace, first, policies, configs } }) => [
        quotedObject(
          policyList,
          `${namespace}/${first}`,
          `${policies === 1 ? '1 policy' : `${policies} policies`} in this namespace`,
        ),
        ...configs.map(({ host, path, plugins }) => quotedOn(host, 'files', path, `plugins: ${plugins.join(', ')}`)),
      ],
    },
  },
  told: [['network-policy', 'no-effect']],
  symptoms: [
    {
      text: pattern(
        /network ?polic(y|ies)[^.\n]{0,160}\b/i,
        /(no effect|not enforced|ignored|not (being )?(applied|working|blocking))/i,
      ),
    },
    {
      text: pattern(
        /\b(?:deny|network ?polic)\w*[^.\n]{0,80}\bpods?\b[^.\n]{0,20}\bstill (?:reach|curl|ping|connect)/i,
        /|\bpods?\b[^.\n]{0,40}\b(still|can) (?:still )?(?:reach|curl|ping|connect)/i,
        /[^.\n]{0,60}\b(deny|network ?polic)/,
      ),
    },
  ],
  explains: [],
  lab: true,
  sources: ['kubernetes.io/docs/concepts/services-networking/network-policies', 'flannel-io/flannel#558'],
  badCures: [
    {
      cure: 'put a second CNI configuration beside the first',
      why: 'the runtime takes the first by name alone; pods that live keep the old network, and new ones lose it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const policies = (objectsSeen(evidence, chart, policyList) ?? []).filter(isStored);
    if (policies.length === 0 || enforcerSeen(chart, evidence) !== undefined) return evidence.verdict([]);
    const configs = nodesOf(chart).flatMap(host =>
      cniConfigs(host)
        .slice(0, 1)
        .map(({ path, types }) => ({ host: host.name, path, plugins: types })),
    );
    // No configuration was seen anywhere: who sets up pods is not known, so nobody is said to be missing.
    if (configs.length === 0) {
      evidence.note('cluster', '/etc/cni/net.d', 'no host shows which plugin sets up its pods');
      return evidence.verdict([]);
    }
    const namespaces = [...new Set(policies.map(one => one.metadata.namespace ?? ''))].sort();
    return evidence.verdict(
      namespaces.map(namespace => {
        const here = policies
          .filter(one => (one.metadata.namespace ?? '') === namespace)
          .map(one => one.metadata.name)
          .sort();
        const [first = ''] = here;
        return {
          variant: 'no-agent' as const,
          host: 'cluster',
          subject: { namespace },
          facts: { namespace, first, policies: here.length, configs: configs.slice(0, 3) },
        };
      }),
    );
  },

  therapy: () => ({
    refused: 'which agent shall enforce them, or whether the policies may go, only their owner can say',
    advice: [
      'until then, treat every pod as reachable from every other',
      'an agent beside this network: kube-network-policies or kube-router with --run-firewall only, as a DaemonSet',
      'or a network that enforces them (Calico, Cilium, Antrea): in a new cluster, or node by node with its own guide',
      'policies that nobody needs any more: kubectl delete networkpolicy NAME -n NAMESPACE',
    ],
  }),

  verify: ({ facts: { namespace } }) => [
    {
      host: 'cluster',
      command: sh`kubectl get networkpolicy -n ${namespace}`,
      answer: 'policies',
      healthy: 'none, or an agent that enforces them: kubectl get daemonsets -A',
    },
  ],
});

/** Every object that a server keeps has the time of its making: anything else in the list is no policy. */
const isStored = ({ metadata }: ApiObject): boolean => !Number.isNaN(Date.parse(metadata.creationTimestamp ?? ''));
