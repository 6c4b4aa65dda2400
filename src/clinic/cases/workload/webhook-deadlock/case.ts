import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { expired, unknownAuthority } from '../../../symptoms.js';
import { serviceIn, unanswered, urlOf, whoDoesNotAnswer } from './by-url.js';
import { readyBehind, troubleOf } from './by-service.js';
import { catchesOf } from './catches.js';
import { isObjectName } from '../../../../spec/names.js';
import { quote } from '../../../../shell/sh.js';
import { unverifiedText } from '../../../edges/unverified.js';
import { apiVersion, type Facts, type Hook, kinds, listOf, plurals } from './facts.js';
import { type Quote, quotedObject } from '../../../read/quote.js';
import { authorityText } from '../../../read/shown.js';

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
      shows: ({ facts }) => [quotedHook(facts, `service: ${facts.service}`)],
    },
    'no-endpoints': {
      means: 'the webhook must be asked, and no ready pod stands behind its Service',
      says: ({ facts }) => asked(facts, `no ready pod stands behind its Service ${facts.service}`),
      shows: ({ facts }) => [quotedHook(facts, `service: ${facts.service}, ready addresses: none`)],
    },
    'wrong-port': {
      means: 'the webhook is called on a port that its Service does not have',
      says: ({ facts }) =>
        asked(
          facts,
          `it is called on port ${facts.port}, and the Service ${facts.service} has ${facts.ports.join(', ')}`,
        ),
      shows: ({ facts }) => [quotedHook(facts, `port: ${facts.port}`)],
    },
    'ca-bundle': {
      means: 'the caBundle of the webhook does not verify what its backend serves, or has expired',
      says: ({ facts }) => asked(facts, unverifiedText(facts.wrong)),
      shows: ({ facts }) => [
        quotedHook(facts, `caBundle: ${facts.bundle.map(authorityText).join('; ') || 'no certificate'}`),
      ],
    },
    'url-unanswered': {
      means: 'the webhook must be asked at a URL, and nobody answers there',
      says: ({ facts }) =>
        asked(
          facts,
          facts.why === 'nobody-listens'
            ? `nobody listens at ${facts.url}, which ${facts.server} asks`
            : `the API server of ${facts.server} cannot reach ${facts.url}: ${facts.line ?? ''}`,
        ),
      shows: ({ facts }) => [quotedHook(facts, `url: ${facts.url}`), ...whoDoesNotAnswer(facts)],
    },
    'left-open': {
      means: 'the webhook is answered again, and still is passed over as it was made to be while nobody answered',
      says: ({ facts: { configuration, webhook } }) =>
        `the webhook ${webhook} (${configuration}) may be passed over since nobody answered it ` +
        '(failurePolicy Ignore, was Fail), and a ready pod stands behind it again',
      shows: ({ facts }) => [quotedHook(facts, `failurePolicy: ${facts.policy}; ${wasFail(facts.webhook)}: Fail`)],
    },
  },
  about: [
    { whom: 'webhook', how: 'refused' },
    { whom: 'webhook', how: 'timed-out' },
    { whom: 'webhook', how: 'not-trusted' },
    { whom: 'webhook', how: 'not-found' },
    { whom: 'webhook', how: 'no-route' },
  ],
  told: [
    ['webhook', 'cannot-create'],
    ['webhook', 'unreachable'],
  ],
  symptoms: [
    { text: /failed calling (?:admission )?webhook "[^"]+"/, open: true },
    { text: /failed calling (admission )?webhook.*(connection refused|context deadline exceeded)/, open: true },
    { text: /failed calling (admission )?webhook.*(no endpoints available for service|service "[^"]+" not found)/ },
    { text: /no endpoints available for service "[^"]+"/ },
    { text: unknownAuthority },
    { text: expired },
  ],
  explains: ['namespace-terminating-apiservice', 'waiting-for-leader-lease', 'kubelet-waiting'],
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
  const url = urlOf(hook);
  const target = at(hook, 'clientConfig', 'service') ?? (url === undefined ? undefined : serviceIn(url));
  const webhook = String(at(hook, 'name'));
  // v1 fails where nothing is said.
  const mustAsk = (at(hook, 'failurePolicy') ?? 'Fail') === 'Fail';
  const passedOver = !mustAsk && at(one, 'metadata', 'annotations', wasFail(webhook)) === 'Fail';
  const catches = catchesOf(hook);
  if ((!mustAsk && !passedOver) || catches === '') return [];
  if (!target && url !== undefined)
    return mustAsk ? byUrl(chart, { plural, configuration: one.metadata.name, webhook, catches }, url, evidence) : [];
  if (!target) return [];
  const [services, endpoints] = ['services', 'endpoints'].map(name => objectsSeen(evidence, chart, name));
  if (!services || !endpoints) return [];
  const configuration = one.metadata.name;
  const facts: Hook = { plural, configuration, webhook, catches };
  const trouble = troubleOf(chart, facts, hook, target, { services, endpoints }, evidence);
  const found = { host: 'cluster', subject: { configuration, webhook } };
  if (mustAsk) return trouble ? [{ ...trouble, ...found }] : [];
  // Who answers for an ExternalName is outside of what is seen here.
  if (trouble || !readyBehind(endpoints, target)) return [];
  return [{ variant: 'left-open', ...found, facts: { ...facts, policy: String(at(hook, 'failurePolicy')) } }];
}

const byUrl = (chart: Chart, hook: Hook, url: string, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const found = unanswered(chart, hook.webhook, url, evidence);
  const { configuration, webhook } = hook;
  return found
    ? [
        {
          variant: 'url-unanswered',
          host: 'cluster',
          subject: { configuration, webhook },
          facts: { ...hook, ...found },
        },
      ]
    : [];
};

function quotedHook({ plural, configuration }: Hook, text: string): Quote {
  return quotedObject(listOf(plural), configuration, text);
}
