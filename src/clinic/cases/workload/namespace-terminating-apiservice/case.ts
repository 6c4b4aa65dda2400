import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { type Unverified, unverified, unverifiedText } from '../../../edges/unverified.js';
import { inNamespace, objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { isStarting } from '../../../read/starting.js';
import { at, listAt } from '../../../read/yaml.js';
import { noObject } from '../../../therapies/object.js';
import { isObjectName } from '../../../../spec/names.js';
import { quote } from '../../../../shell/sh.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

const list = 'apiservices.apiregistration.k8s.io';

/** `stuck`: namespaces that wait to be deleted. */
type Api = {
  readonly name: string;
  readonly service: { readonly namespace: string; readonly name: string };
  readonly stuck: readonly string[];
  /** Its condition Available; `message`: what the API server says of the backend. */
  readonly available: { readonly status: unknown; readonly reason: unknown; readonly message: string };
};

type Facts = {
  readonly 'service-absent': Api;
  readonly 'no-endpoints': Api;
  readonly 'ca-bundle': Api & { readonly wrong?: Unverified };
  readonly unavailable: Api;
};

const unusable = ({ name, stuck }: Api, why: string): string =>
  `the APIService ${name} cannot be used: ${why}; ` +
  (stuck.length > 0
    ? `the namespace${stuck.length > 1 ? 's' : ''} ${stuck.join(', ')} cannot be deleted until it is, or is gone`
    : 'no namespace could be deleted now');

const serviceOf = ({ service }: Api): string => `its Service ${service.namespace}/${service.name}`;

export default defineCase<Facts>({
  id: 'namespace-terminating-apiservice',
  precedence: 520,
  title: 'An aggregated API that nobody serves keeps namespaces from being deleted',
  variants: {
    'service-absent': {
      means: 'the Service of the APIService does not exist: nobody can ever answer',
      says: ({ facts }) => unusable(facts, `${serviceOf(facts)} does not exist`),
      shows: proof,
    },
    'no-endpoints': {
      means: 'the Service of the APIService has no ready pod',
      says: ({ facts }) => unusable(facts, `no ready pod stands behind ${serviceOf(facts)}`),
      shows: proof,
    },
    'ca-bundle': {
      means: 'the caBundle of the APIService does not verify its backend',
      says: ({ facts }) =>
        unusable(
          facts,
          facts.wrong
            ? unverifiedText(facts.wrong)
            : `the API server does not believe its backend: ${facts.available.message}`,
        ),
      shows: proof,
    },
    unavailable: {
      means: 'the API server cannot use the backend of the APIService, though a pod is ready',
      says: ({ facts }) => unusable(facts, `the API server says of it: ${facts.available.message}`),
      shows: proof,
    },
  },
  about: [{ whom: 'aggregated-api', how: 'unavailable' }],
  told: [
    ['namespace', 'terminating'],
    ['namespace', 'terminating', 'metrics-api'],
  ],
  symptoms: [
    { text: /NamespaceDeletionDiscoveryFailure/ },
    { text: /\b(?:namespace|ns)\b.{0,60}\bTerminating\b/, benign: 'a namespace with much in it takes minutes' },
    // The listing of APIServices.
    { text: /\bv\d\w*\.[\w.-]+ .{0,80}\bFalse \(\w+\)/ },
    {
      text: pattern(
        /unable to retrieve the complete list of server APIs: [^ ]+: the server is currently unable to /,
        /handle the request/,
      ),
    },
    { text: /stale GroupVersion discovery|failed to retrieve openAPI spec, http error: ResponseCode: 503/ },
    {
      text: pattern(
        /unable to (?:fetch|get) metrics from resource metrics API|Metrics API not available/,
        /|could not find the requested resource \(get (?:pods|nodes)\.metrics\.k8s\.io\)/,
      ),
    },
    { text: /the server is currently unable to handle the request \(get \S+metrics\.k8s\.io\)/ },
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
    const evidence = readEvidence();
    const namespaces = objectsSeen(evidence, chart, 'namespaces') ?? [];
    const stuck = namespaces
      .filter(one => at(one, 'status', 'phase') === 'Terminating' || one.metadata.deletionTimestamp !== undefined)
      .map(one => one.metadata.name);
    return evidence.verdict(
      (objectsSeen(evidence, chart, list) ?? [])
        .filter(one => at(one, 'spec', 'service'))
        .flatMap(one => ofApi(chart, one, stuck, evidence)),
    );
  },

  therapy({ variant, facts: { name } }) {
    if (!isObjectName(name))
      return {
        refused: 'the name of the APIService is not valid',
        advice: ['kubectl get apiservices'],
      };
    if (variant === 'service-absent')
      return {
        title: `Take the APIService ${name} away: nothing serves it any more`,
        // An API goes from the cluster, though one that nobody serves.
        risk: 'restart',
        want: [
          noObject(
            `/apis/apiregistration.k8s.io/v1/apiservices/${name}`,
            { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name } },
            { because: 'namespaces can be deleted again; installing its server brings it back' },
          ),
        ],
      };
    if (variant === 'ca-bundle')
      return {
        refused: 'which CA is to be believed for it is for its owner to say',
        advice: [
          `kubectl get --raw ${quote(`/apis/${groupVersion(name)}`)} -v=8 (the body of the answer has the API ` +
            `server's own words)`,
          `put the CA that signs its backend into spec.caBundle: kubectl edit apiservice ${quote(name)}; ` +
            `cert-manager's cainjector does it by an annotation`,
        ],
      };
    return {
      refused:
        'its server is installed and may come back: deleting its APIService would take the API from those who use it',
      advice: [
        'heal its pods first: kubectl get pods -A, kubectl describe and logs of those behind its Service',
        `kubectl get apiservice ${quote(name)} -o jsonpath='{.status.conditions}'`,
        `if it is not wanted any more: kubectl delete apiservice ${quote(name)}`,
      ],
    };
  },

  verify: finding => [
    {
      host: 'cluster',
      command: `kubectl get apiservice ${quote(finding.facts.name)}`,
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

function ofApi(
  chart: Chart,
  one: ApiObject,
  stuck: readonly string[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const state = listAt(one, 'status', 'conditions').find(each => at(each, 'type') === 'Available');
  const [services, endpoints] = ['services', 'endpoints', 'pods'].map(name => objectsSeen(evidence, chart, name));
  if (!services || !endpoints) return [];
  // The check behind the condition verifies no certificate (kube-aggregator, remote_available_controller.go); who
  // calls the API does.
  const wrong =
    at(one, 'spec', 'insecureSkipTLSVerify') === true
      ? undefined
      : unverified(chart, 'apiserver-aggregated', one.metadata.name, at(one, 'spec', 'caBundle'), evidence);
  if (wrong === undefined && (at(state, 'status') !== 'False' || isStarting(chart, one))) return [];
  const [namespace, name] = [
    String(at(one, 'spec', 'service', 'namespace')),
    String(at(one, 'spec', 'service', 'name')),
  ];
  const service = services.some(each => inNamespace(each, namespace, name));
  const ready = listAt(
    endpoints.find(each => inNamespace(each, namespace, name)),
    'subsets',
  ).some(each => listAt(each, 'addresses').length > 0);
  const message = String(at(state, 'message'));
  const facts: Api = {
    name: one.metadata.name,
    service: { namespace, name },
    stuck,
    available: { status: at(state, 'status'), reason: at(state, 'reason'), message },
  };
  const found = {
    host: 'cluster',
    subject: { apiService: one.metadata.name },
  };
  if (!service) return [{ variant: 'service-absent', ...found, facts }];
  if (!ready) return [{ variant: 'no-endpoints', ...found, facts }];
  if (wrong !== undefined) return [{ variant: 'ca-bundle', ...found, facts: { ...facts, wrong } }];
  return /x509: |certificate (has expired|is not valid|is valid for)/.test(message)
    ? [{ variant: 'ca-bundle', ...found, facts }]
    : [{ variant: 'unavailable', ...found, facts }];
}

function proof({ facts: { name, available } }: Found<Api>): readonly Quote[] {
  return [quotedObject(list, name, `Available=${available.status} (${available.reason}): ${available.message}`)];
}
