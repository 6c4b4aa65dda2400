import { defineCase } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { inNamespace, objectsSeen, shownObject } from '../../../read/api-objects.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { expired, unknownAuthority } from '../../../symptoms.js';
import { bundleOf } from '../../../edges/backends.js';
import { authorityText } from '../../../read/shown.js';
import type { Finding } from '../../../examine/verdict.js';
import { unverified } from '../../../edges/unverified.js';

const group = 'admissionregistration.k8s.io';
const kinds = {
  [`validatingwebhookconfigurations.${group}`]: 'ValidatingWebhookConfiguration',
  [`mutatingwebhookconfigurations.${group}`]: 'MutatingWebhookConfiguration',
} as const;

export default defineCase({
  id: 'webhook-deadlock',
  precedence: 390,
  title: 'An admission webhook that nobody answers refuses the pods that would answer it',
  variants: {
    'service-absent': 'the webhook must be asked (failurePolicy Fail), and its Service does not exist',
    'no-endpoints': 'the webhook must be asked, and no ready pod stands behind its Service',
    'wrong-port': 'the webhook is called on a port that its Service does not have',
    'ca-bundle': 'the caBundle of the webhook does not verify what its backend serves, or has expired',
    'left-open': 'the webhook is answered again, and still is passed over as it was made to be while nobody answered',
  },
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
    const eyes = openEyes();
    return eyes.verdict(
      Object.keys(kinds).flatMap(list =>
        (objectsSeen(eyes, chart, list) ?? []).flatMap(one =>
          listAt(one, 'webhooks').flatMap(hook => ofHook(chart, list, one, hook, eyes)),
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const [name = '', hook = ''] = finding.subject.split(' ');
    const open = finding.variant === 'left-open';
    for (const [list, kind] of Object.entries(kinds)) {
      const seen = chart.api.objects[list];
      const found =
        seen && 'value' in seen
          ? seen.value.find(
              one => one.metadata.name === name && listAt(one, 'webhooks').some(each => at(each, 'name') === hook),
            )
          : undefined;
      if (found)
        return {
          title: open
            ? `Ask ${hook} again (failurePolicy: Fail), since somebody answers there`
            : `Let what ${hook} cannot be asked about pass (failurePolicy: Ignore), until somebody answers there`,
          risk: 'none',
          want: [
            object(
              `/apis/${group}/v1/${list.split('.')[0]}/${name}`,
              {
                apiVersion: `${group}/v1`,
                kind,
                metadata: { name, annotations: { [wasFail(hook)]: 'Fail' } },
                webhooks: [{ name: hook, failurePolicy: open ? 'Fail' : 'Ignore' }],
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
    }
    return {
      refused: 'the webhook configuration was not seen',
      advice: [`kubectl get ${Object.keys(kinds).join(',')}`],
    };
  },

  teach: finding => [
    {
      host: 'cluster',
      command: `kubectl get ${Object.values(kinds).join(',').toLowerCase()} ${finding.subject.split(' ')[0]} -o yaml | grep -A8 clientConfig`,
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

function ofHook(chart: Chart, list: string, one: ApiObject, hook: Tree, eyes: Eyes): readonly Finding[] {
  const target = at(hook, 'clientConfig', 'service');
  // v1 fails where nothing is said; a URL's backend is outside of what is seen here.
  const asked = (at(hook, 'failurePolicy') ?? 'Fail') === 'Fail';
  const passedOver = !asked && at(one, 'metadata', 'annotations', wasFail(String(at(hook, 'name')))) === 'Fail';
  if (!target || (!asked && !passedOver) || !catchesPods(hook)) return [];
  const [services, endpoints] = ['services', 'endpoints'].map(name => objectsSeen(eyes, chart, name));
  if (!services || !endpoints) return [];
  const trouble = troubleOf(chart, one, hook, { services, endpoints }, eyes);
  const subject = { host: 'cluster', subject: `${one.metadata.name} ${at(hook, 'name')}` };
  if (asked)
    return trouble
      ? [
          {
            variant: trouble.variant,
            ...subject,
            says: `every ${matched(hook)} must pass the webhook ${at(hook, 'name')} (${one.metadata.name}, failurePolicy Fail), but ${trouble.says}`,
            shows: [shownObject(chart, list, one.metadata.name, trouble.text)],
          },
        ]
      : [];
  // Who answers for an ExternalName is outside of what is seen here.
  if (trouble || !readyBehind(endpoints, target)) return [];
  return [
    {
      variant: 'left-open',
      ...subject,
      says: `the webhook ${at(hook, 'name')} (${one.metadata.name}) may be passed over since nobody answered it (failurePolicy Ignore, was Fail), and a ready pod stands behind it again`,
      shows: [
        shownObject(
          chart,
          list,
          one.metadata.name,
          `failurePolicy: ${at(hook, 'failurePolicy')}; ${wasFail(String(at(hook, 'name')))}: Fail`,
        ),
      ],
    },
  ];
}

const readyBehind = (endpoints: readonly ApiObject[], target: Tree): boolean =>
  listAt(
    endpoints.find(each => inNamespace(each, String(at(target, 'namespace')), String(at(target, 'name')))),
    'subsets',
  ).some(each => listAt(each, 'addresses').length > 0);

interface Trouble {
  readonly variant: string;
  readonly says: string;
  readonly text: string;
}

/** Why it cannot be asked; undefined: it can, as far as is seen. */
function troubleOf(
  chart: Chart,
  one: ApiObject,
  hook: Tree,
  { services, endpoints }: Readonly<Record<'services' | 'endpoints', readonly ApiObject[]>>,
  eyes: Eyes,
): Trouble | undefined {
  const target = at(hook, 'clientConfig', 'service');
  const [namespace, name] = [String(at(target, 'namespace')), String(at(target, 'name'))];
  const where = `${namespace}/${name}`;
  const service = services.find(each => inNamespace(each, namespace, name));
  if (!service)
    return { variant: 'service-absent', says: `its Service ${where} does not exist`, text: `service: ${where}` };
  const port = Number(at(target, 'port') ?? 443);
  const ports = listAt(service, 'spec', 'ports').map(each => at(each, 'port'));
  if (ports.length > 0 && !ports.some(each => Number(each) === port))
    return {
      variant: 'wrong-port',
      says: `it is called on port ${port}, and the Service ${where} has ${ports.join(', ')}`,
      text: `port: ${port}`,
    };
  if (at(service, 'spec', 'type') === 'ExternalName') return undefined;
  if (!readyBehind(endpoints, target))
    return {
      variant: 'no-endpoints',
      says: `no ready pod stands behind its Service ${where}`,
      text: `service: ${where}, ready addresses: none`,
    };
  const wrong = unverified(
    chart,
    'apiserver-webhook',
    `${one.metadata.name} ${at(hook, 'name')}`,
    at(hook, 'clientConfig', 'caBundle'),
    eyes,
  );
  return wrong === undefined
    ? undefined
    : {
        variant: 'ca-bundle',
        says: wrong,
        text: `caBundle: ${(bundleOf(at(hook, 'clientConfig', 'caBundle')) ?? []).map(authorityText).join('; ') || 'no certificate'}`,
      };
}

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
