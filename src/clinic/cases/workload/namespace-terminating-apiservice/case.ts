import { defineCase } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { unverified } from '../../../edges/unverified.js';
import { inNamespace, objectsSeen, shownObject } from '../../../read/api-objects.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { at, listAt } from '../../../read/yaml.js';
import { noObject } from '../../../therapies/object.js';
import type { Finding } from '../../../examine/verdict.js';

const list = 'apiservices.apiregistration.k8s.io';

export default defineCase({
  id: 'namespace-terminating-apiservice',
  precedence: 520,
  title: 'An aggregated API that nobody serves keeps namespaces from being deleted',
  variants: {
    'service-absent': 'the Service of the APIService does not exist: nobody can ever answer',
    'no-endpoints': 'the Service of the APIService has no ready pod',
    'ca-bundle': 'the caBundle of the APIService does not verify its backend',
    unavailable: 'the API server cannot use the backend of the APIService, though a pod is ready',
  },
  symptoms: [
    { text: /NamespaceDeletionDiscoveryFailure/ },
    {
      text: /unable to retrieve the complete list of server APIs: [^ ]+: the server is currently unable to handle the request/,
    },
    { text: /Discovery failed for some groups, \d+ failing/ },
    {
      text: /couldn't get resource list for [^ ]+: the server is currently unable to handle the request/,
      benign: 'while the backend starts',
    },
  ],
  explains: [],
  lab: true,
  sources: [
    'kubernetes/kubernetes#60807',
    'kubernetes/kubernetes#75788',
    'kubernetes/kubernetes#83332',
    'kubernetes/kubernetes#119662',
  ],
  badCures: [
    {
      cure: 'strip the finalizers of the namespace (…/finalize with an empty list)',
      why: 'what is still in the namespace stays in etcd for ever, and comes back with a namespace of the same name',
      text: /\/finalize\b|"finalizers": ?\[\s*\]|patch (ns|namespace) .{0,120}finalizers/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const namespaces = objectsSeen(eyes, chart, 'namespaces') ?? [];
    const stuck = namespaces
      .filter(one => at(one, 'status', 'phase') === 'Terminating' || one.metadata.deletionTimestamp !== undefined)
      .map(one => one.metadata.name);
    return eyes.verdict(
      (objectsSeen(eyes, chart, list) ?? [])
        .filter(one => at(one, 'spec', 'service'))
        .flatMap(one => ofApi(chart, one, stuck, eyes)),
    );
  },

  therapy(finding) {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${finding.subject}`;
    if (finding.variant === 'service-absent')
      return {
        title: `Take the APIService ${finding.subject} away: nothing serves it any more`,
        risk: 'none',
        want: [
          noObject(
            path,
            { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: finding.subject } },
            { because: 'namespaces can be deleted again; installing its server brings it back' },
          ),
        ],
      };
    if (finding.variant === 'ca-bundle')
      return {
        refused: 'which CA is to be believed for it is for its owner to say',
        advice: [
          `kubectl get --raw /apis/${groupVersion(finding.subject)} -v=8 (the body of the answer has the API server's own words)`,
          `put the CA that signs its backend into spec.caBundle: kubectl edit apiservice ${finding.subject}; cert-manager's cainjector does it by an annotation`,
        ],
      };
    return {
      refused:
        'its server is installed and may come back: deleting its APIService would take the API from those who use it',
      advice: [
        'heal its pods first: kubectl get pods -A, kubectl describe and logs of those behind its Service',
        `kubectl get apiservice ${finding.subject} -o jsonpath='{.status.conditions}'`,
        `if it is not wanted any more: kubectl delete apiservice ${finding.subject}`,
      ],
    };
  },

  teach: finding => [
    {
      host: 'cluster',
      command: `kubectl get apiservice ${finding.subject}`,
      answer:
        finding.variant === 'ca-bundle'
          ? 'AVAILABLE True, while kubectl get --raw says: x509: certificate …'
          : 'AVAILABLE False',
      healthy: 'AVAILABLE True',
    },
    {
      host: 'cluster',
      command: 'kubectl get namespaces',
      answer: 'STATUS Terminating, of a namespace that was deleted',
      healthy: 'none is Terminating for more than a minute',
    },
  ],
});

/** `v1beta1.metrics.k8s.io` → `metrics.k8s.io/v1beta1` */
const groupVersion = (name: string): string => name.replace(/^([^.]+)\.(.+)$/, '$2/$1');

function ofApi(chart: Chart, one: ApiObject, stuck: readonly string[], eyes: Eyes): readonly Finding[] {
  const state = listAt(one, 'status', 'conditions').find(each => at(each, 'type') === 'Available');
  const [services, endpoints] = ['services', 'endpoints'].map(name => objectsSeen(eyes, chart, name));
  if (!services || !endpoints) return [];
  // The check behind the condition verifies no certificate (kube-aggregator, remote_available_controller.go); who calls the API does.
  const wrong =
    at(one, 'spec', 'insecureSkipTLSVerify') === true
      ? undefined
      : unverified(chart, 'apiserver-aggregated', one.metadata.name, at(one, 'spec', 'caBundle'), eyes);
  if (at(state, 'status') !== 'False' && wrong === undefined) return [];
  const [namespace, name] = [
    String(at(one, 'spec', 'service', 'namespace')),
    String(at(one, 'spec', 'service', 'name')),
  ];
  const service = services.some(each => inNamespace(each, namespace, name));
  const ready = listAt(
    endpoints.find(each => inNamespace(each, namespace, name)),
    'subsets',
  ).some(each => listAt(each, 'addresses').length > 0);
  const tls = /x509: |certificate (has expired|is not valid|is valid for)/.test(String(at(state, 'message')));
  const variant = !service
    ? 'service-absent'
    : !ready
      ? 'no-endpoints'
      : tls || wrong !== undefined
        ? 'ca-bundle'
        : 'unavailable';
  const why = {
    'service-absent': `its Service ${namespace}/${name} does not exist`,
    'no-endpoints': `no ready pod stands behind its Service ${namespace}/${name}`,
    'ca-bundle': wrong ?? `the API server does not believe its backend: ${at(state, 'message')}`,
    unavailable: `the API server says of it: ${at(state, 'message')}`,
  }[variant];
  return [
    {
      variant,
      host: 'cluster',
      subject: one.metadata.name,
      says: `the APIService ${one.metadata.name} cannot be used: ${why}${stuck.length > 0 ? `; the namespace${stuck.length > 1 ? 's' : ''} ${stuck.join(', ')} cannot be deleted until it is, or is gone` : '; no namespace could be deleted now'}`,
      shows: [
        shownObject(
          chart,
          list,
          one.metadata.name,
          `Available=${at(state, 'status')} (${at(state, 'reason')}): ${at(state, 'message')}`,
        ),
      ],
    },
  ];
}
