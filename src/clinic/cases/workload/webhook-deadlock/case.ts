import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { inNamespace, objectsSeen, shownObject } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { expired, unknownAuthority } from '../../../symptoms.js';
import { bundleOf } from '../../../edges/backends.js';
import { authorityText } from '../../../read/shown.js';
import { isObjectName } from '../../../../spec/names.js';
import { quote } from '../../../../shell/sh.js';
import { unverified, unverifiedText } from '../../../edges/unverified.js';
import { type Asked, apiVersion, type Facts, type Hook, kinds, listOf, plurals } from './facts.js';

const asked = ({ configuration, webhook, catches }: Hook, why: string): string =>
  `every ${catches} must pass the webhook ${webhook} (${configuration}, failurePolicy Fail), but ${why}`;

export default defineCase<Facts>({
  id: 'webhook-deadlock',
  precedence: 390,
  title: 'An admission webhook that nobody answers refuses the pods that would answer it',
  variants: {
    'service-absent': {
      means: 'the webhook must be asked (failurePolicy Fail), and its Service does not exist',
      says: ({ facts }) => asked(facts, `its Service ${facts.service} does not exist`),
    },
    'no-endpoints': {
      means: 'the webhook must be asked, and no ready pod stands behind its Service',
      says: ({ facts }) => asked(facts, `no ready pod stands behind its Service ${facts.service}`),
    },
    'wrong-port': {
      means: 'the webhook is called on a port that its Service does not have',
      says: ({ facts }) =>
        asked(
          facts,
          `it is called on port ${facts.port}, and the Service ${facts.service} has ${facts.ports.join(', ')}`,
        ),
    },
    'ca-bundle': {
      means: 'the caBundle of the webhook does not verify what its backend serves, or has expired',
      says: ({ facts }) => asked(facts, unverifiedText(facts.wrong)),
    },
    'left-open': {
      means: 'the webhook is answered again, and still is passed over as it was made to be while nobody answered',
      says: ({ facts: { configuration, webhook } }) =>
        `the webhook ${webhook} (${configuration}) may be passed over since nobody answered it ` +
        '(failurePolicy Ignore, was Fail), and a ready pod stands behind it again',
    },
  },
  about: [
    { whom: 'webhook', how: 'refused' },
    { whom: 'webhook', how: 'timed-out' },
    { whom: 'webhook', how: 'not-trusted' },
    { whom: 'webhook', how: 'not-found' },
    { whom: 'webhook', how: 'no-route' },
  ],
  symptoms: [
    { text: /failed calling webhook "[^"]+"/ },
    {
      text: /failed calling (admission )?webhook.*(no endpoints available for service|connection refused|context deadline exceeded|service "[^"]+" not found)/,
    },
    { text: /no endpoints available for service "[^"]+"/ },
    { text: unknownAuthority },
    { text: expired },
  ],
  explains: ['namespace-terminating-apiservice', 'waiting-for-leader-lease'],
  lab: true,
  sources: [
    'cozystack/cozystack#3125',
    'topolvm/topolvm#57',
    'kubernetes/kubernetes#112765',
    'kubernetes/website#46798',
  ],
  badCures: [
    {
      cure: 'kubectl delete validatingwebhookconfigurations --all',
      why: 'policies of others are gone with it, silently',
      text: /kubectl delete (validating|mutating)webhookconfigurations? .{0,60}--all/,
    },
    {
      cure: 'kubectl delete the pods that are left',
      why: 'none is made again: the webhook refuses them',
      text: /kubectl .{0,40}delete pods? .{0,40}--all\b/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      plurals.flatMap(plural =>
        (objectsSeen(evidence, chart, listOf(plural)) ?? []).flatMap(one =>
          listAt(one, 'webhooks').flatMap(hook => ofHook(chart, plural, one, hook, evidence)),
        ),
      ),
    );
  },

  therapy({ variant, facts: { plural, configuration, webhook } }) {
    const open = variant === 'left-open';
    if (!isObjectName(configuration) || !isObjectName(webhook))
      return {
        refused: 'the name of the webhook or of its configuration is not valid',
        advice: [`kubectl get ${plurals.join(',')}`],
      };
    return {
      title: open
        ? `Ask ${webhook} again (failurePolicy: Fail), since somebody answers there`
        : `Let what ${webhook} cannot be asked about pass (failurePolicy: Ignore), until somebody answers there`,
      // What it guards is not guarded meanwhile.
      risk: open ? 'restart' : 'downtime',
      want: [
        object(
          `/apis/${apiVersion}/${plural}/${configuration}`,
          {
            apiVersion,
            kind: kinds[plural],
            metadata: { name: configuration, annotations: { [wasFail(webhook)]: 'Fail' } },
            webhooks: [{ name: webhook, failurePolicy: open ? 'Fail' : 'Ignore' }],
          },
          {
            because: open
              ? 'what it guards is open while it may be passed over'
              : 'its backend cannot start while it refuses pods',
            create: false,
          },
        ),
      ],
    };
  },

  verify: finding => [
    {
      host: 'cluster',
      command:
        `kubectl get ${kinds[finding.facts.plural].toLowerCase()} ${quote(finding.facts.configuration)} ` +
        '-o yaml | grep -A8 clientConfig',
      answer: `clientConfig: ${finding.shows[0]?.text ?? ''}`,
      healthy: 'a service that exists',
    },
    {
      host: 'cluster',
      command: 'kubectl get endpoints -A',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'at least one address for the service of the webhook',
    },
  ],
});

/** What the therapy writes down: a name of at most 63 characters. */
const wasFail = (hook: string): string =>
  `kubewizard.io/failure-policy-was-${hook.slice(0, 30).replaceAll(/[^A-Za-z0-9]/g, '-')}`;

function ofHook(
  chart: Chart,
  plural: Hook['plural'],
  one: ApiObject,
  hook: Tree,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const target = at(hook, 'clientConfig', 'service');
  const webhook = String(at(hook, 'name'));
  // v1 fails where nothing is said; a URL's backend is outside of what is seen here.
  const mustAsk = (at(hook, 'failurePolicy') ?? 'Fail') === 'Fail';
  const passedOver = !mustAsk && at(one, 'metadata', 'annotations', wasFail(webhook)) === 'Fail';
  if (!target || (!mustAsk && !passedOver) || !catchesPods(hook)) return [];
  const [services, endpoints] = ['services', 'endpoints'].map(name => objectsSeen(evidence, chart, name));
  if (!services || !endpoints) return [];
  const configuration = one.metadata.name;
  const facts: Hook = { plural, configuration, webhook, catches: matched(hook) };
  const trouble = troubleOf(chart, facts, hook, { services, endpoints }, evidence);
  const found = (text: string) => ({
    host: 'cluster',
    subject: { configuration, webhook },
    shows: [shownObject(chart, listOf(plural), configuration, text)],
  });
  if (mustAsk) return trouble ? [{ ...trouble, ...found(shownTrouble(trouble, hook)) }] : [];
  // Who answers for an ExternalName is outside of what is seen here.
  if (trouble || !readyBehind(endpoints, target)) return [];
  const text = `failurePolicy: ${at(hook, 'failurePolicy')}; ${wasFail(webhook)}: Fail`;
  return [{ variant: 'left-open', ...found(text), facts }];
}

const readyBehind = (endpoints: readonly ApiObject[], target: Tree): boolean =>
  listAt(
    endpoints.find(each => inNamespace(each, String(at(target, 'namespace')), String(at(target, 'name')))),
    'subsets',
  ).some(each => listAt(each, 'addresses').length > 0);

type Trouble = {
  [K in Exclude<keyof Facts, 'left-open'>]: { readonly variant: K; readonly facts: Facts[K] };
}[Exclude<keyof Facts, 'left-open'>];

/** Why it cannot be asked; undefined: it can, as far as is seen. */
function troubleOf(
  chart: Chart,
  facts: Hook,
  hook: Tree,
  { services, endpoints }: Readonly<Record<'services' | 'endpoints', readonly ApiObject[]>>,
  evidence: EvidenceReader,
): Trouble | undefined {
  const target = at(hook, 'clientConfig', 'service');
  const [namespace, name] = [String(at(target, 'namespace')), String(at(target, 'name'))];
  const asked: Asked = { ...facts, service: `${namespace}/${name}` };
  const service = services.find(each => inNamespace(each, namespace, name));
  if (!service) return { variant: 'service-absent', facts: asked };
  const port = Number(at(target, 'port') ?? 443);
  const ports = listAt(service, 'spec', 'ports').map(each => Number(at(each, 'port')));
  if (ports.length > 0 && !ports.includes(port)) return { variant: 'wrong-port', facts: { ...asked, port, ports } };
  if (at(service, 'spec', 'type') === 'ExternalName') return undefined;
  if (!readyBehind(endpoints, target)) return { variant: 'no-endpoints', facts: asked };
  const source = `${facts.configuration} ${facts.webhook}`;
  const wrong = unverified(chart, 'apiserver-webhook', source, at(hook, 'clientConfig', 'caBundle'), evidence);
  return wrong && { variant: 'ca-bundle', facts: { ...asked, wrong } };
}

const shownTrouble = ({ variant, facts }: Trouble, hook: Tree): string => {
  switch (variant) {
    case 'service-absent':
      return `service: ${facts.service}`;
    case 'wrong-port':
      return `port: ${facts.port}`;
    case 'no-endpoints':
      return `service: ${facts.service}, ready addresses: none`;
    case 'ca-bundle':
      return (
        'caBundle: ' +
        `${(bundleOf(at(hook, 'clientConfig', 'caBundle')) ?? []).map(authorityText).join('; ') || 'no certificate'}`
      );
  }
};

/** Only what keeps pods from being made (or the workloads above them) is a deadlock. */
const caught = ['pods', 'replicasets', 'deployments', 'daemonsets', 'statefulsets', 'jobs', '*', '*/*', 'pods/*'];
const matched = (hook: Tree): string =>
  [
    ...new Set(
      listAt(hook, 'rules')
        .flatMap(rule => listAt(rule, 'resources'))
        .map(String),
    ),
  ]
    .filter(each => caught.includes(each))
    .join(', ')
    .replace(/^\*.*/, 'object');
const catchesPods = (hook: Tree): boolean =>
  listAt(hook, 'rules').some(
    rule =>
      listAt(rule, 'resources').some(each => caught.includes(String(each))) &&
      listAt(rule, 'operations').some(each => ['CREATE', '*'].includes(String(each))),
  );
