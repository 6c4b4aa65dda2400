import { defineCase } from '../../clinic/case.js';
import type { ApiObject, Chart } from '../../clinic/chart.js';
import { inNamespace, objectsSeen, shownObject } from '../../clinic/read/api-objects.js';
import { openEyes, type Eyes } from '../../clinic/read/eyes.js';
import { at, listAt, type Tree } from '../../clinic/read/yaml.js';
import { object } from '../../clinic/therapies/object.js';
import { expired, unknownAuthority } from '../../clinic/symptoms.js';
import { bundleOf } from '../../clinic/edges/backends.js';
import { authorityText } from '../../clinic/read/shown.js';
import type { Finding } from '../../clinic/verdict.js';
import { unverified } from './unverified.js';

const group = 'admissionregistration.k8s.io';
const kinds = { [`validatingwebhookconfigurations.${group}`]: 'ValidatingWebhookConfiguration', [`mutatingwebhookconfigurations.${group}`]: 'MutatingWebhookConfiguration' } as const;

export default defineCase({
  id: 'webhook-deadlock',
  title: 'An admission webhook that nobody answers refuses the pods that would answer it',
  variants: {
    'service-absent': 'the webhook must be asked (failurePolicy Fail), and its Service does not exist',
    'no-endpoints': 'the webhook must be asked, and no ready pod stands behind its Service',
    'wrong-port': 'the webhook is called on a port that its Service does not have',
    'ca-bundle': 'the caBundle of the webhook does not verify what its backend serves, or has expired',
  },
  symptoms: [
    { text: /failed calling webhook "[^"]+"/ },
    { text: /failed calling (admission )?webhook.*(no endpoints available for service|connection refused|context deadline exceeded|service "[^"]+" not found)/ },
    { text: /no endpoints available for service "[^"]+"/ },
    { text: unknownAuthority },
    { text: expired },
  ],
  explains: ['namespace-terminating-apiservice', 'waiting-for-leader-lease'],
  lab: true,
  sources: ['cozystack/cozystack#3125', 'topolvm/topolvm#57', 'kubernetes/kubernetes#112765', 'kubernetes/website#46798'],
  badCures: [{ cure: 'kubectl delete validatingwebhookconfigurations --all', why: 'policies of others are gone with it, silently', text: /kubectl delete (validating|mutating)webhookconfigurations? .{0,60}--all/ }, { cure: 'kubectl delete the pods that are left', why: 'none is made again: the webhook refuses them', text: /kubectl .{0,40}delete pods? .{0,40}--all\b/ }],

  diagnose(chart) {
    const eyes = openEyes();
    return eyes.verdict(Object.keys(kinds).flatMap(list => (objectsSeen(eyes, chart, list) ?? []).flatMap(one => listAt(one, 'webhooks').flatMap(hook => ofHook(chart, list, one, hook, eyes)))));
  },

  therapy(finding, chart) {
    const [name = '', hook = ''] = finding.subject.split(' ');
    for (const [list, kind] of Object.entries(kinds)) {
      const seen = chart.api.objects[list];
      const found = seen && 'value' in seen ? seen.value.find(one => one.metadata.name === name && listAt(one, 'webhooks').some(each => at(each, 'name') === hook)) : undefined;
      if (found) return { title: `Let what ${hook} cannot be asked about pass (failurePolicy: Ignore), until somebody answers there`, risk: 'none', want: [object(`/apis/${group}/v1/${list.split('.')[0]}/${name}`, {
        apiVersion: `${group}/v1`, kind, metadata: { name, annotations: { [`kubewizard.io/failure-policy-was-${hook.slice(0, 30).replaceAll(/[^A-Za-z0-9]/g, '-')}`]: 'Fail' } }, webhooks: [{ name: hook, failurePolicy: 'Ignore' }],
      }, { because: 'its backend cannot start while it refuses pods', create: false })] };
    }
    return { refused: 'the webhook configuration was not seen', advice: [`kubectl get ${Object.keys(kinds).join(',')}`] };
  },

  teach: finding => [
    { host: 'cluster', command: `kubectl get ${Object.values(kinds).join(',').toLowerCase()} ${finding.subject.split(' ')[0]} -o yaml | grep -A8 clientConfig`, answer: `clientConfig: ${finding.shows[0]?.text ?? ''}`, healthy: 'a service that exists' },
    { host: 'cluster', command: 'kubectl get endpoints -A', answer: finding.shows[0]?.text ?? '', healthy: 'at least one address for the service of the webhook' },
  ],
});

function ofHook(chart: Chart, list: string, one: ApiObject, hook: Tree, eyes: Eyes): readonly Finding[] {
  const target = at(hook, 'clientConfig', 'service');
  // v1 fails where nothing is said; a URL's backend is outside of what is seen here.
  if (!target || (at(hook, 'failurePolicy') ?? 'Fail') !== 'Fail' || !catchesPods(hook)) return [];
  const [services, endpoints] = ['services', 'endpoints'].map(name => objectsSeen(eyes, chart, name));
  if (!services || !endpoints) return [];
  const [namespace, name] = [String(at(target, 'namespace')), String(at(target, 'name'))];
  const where = `${namespace}/${name}`;
  const finding = (variant: string, says: string, text: string): readonly Finding[] => [{
    variant, host: 'cluster', subject: `${one.metadata.name} ${at(hook, 'name')}`, says: `every ${matched(hook)} must pass the webhook ${at(hook, 'name')} (${one.metadata.name}, failurePolicy Fail), but ${says}`,
    shows: [shownObject(chart, list, one.metadata.name, text)],
  }];
  const service = services.find(each => inNamespace(each, namespace, name));
  if (!service) return finding('service-absent', `its Service ${where} does not exist`, `service: ${where}`);
  const port = Number(at(target, 'port') ?? 443);
  if (listAt(service, 'spec', 'ports').length > 0 && !listAt(service, 'spec', 'ports').some(each => Number(at(each, 'port')) === port)) return finding('wrong-port', `it is called on port ${port}, and the Service ${where} has ${listAt(service, 'spec', 'ports').map(each => at(each, 'port')).join(', ')}`, `port: ${port}`);
  if (at(service, 'spec', 'type') === 'ExternalName') return [];
  const ready = listAt(endpoints.find(each => inNamespace(each, namespace, name)), 'subsets').some(each => listAt(each, 'addresses').length > 0);
  if (ready) { const wrong = unverified(chart, `${one.metadata.name} ${at(hook, 'name')}`, at(hook, 'clientConfig', 'caBundle'), eyes); return wrong === undefined ? [] : finding('ca-bundle', wrong, `caBundle: ${(bundleOf(at(hook, 'clientConfig', 'caBundle')) ?? []).map(authorityText).join('; ') || 'no certificate'}`); }
  return finding('no-endpoints', `no ready pod stands behind its Service ${where}`, `service: ${where}, ready addresses: none`);
}

/** Only what keeps pods from being made (or the workloads above them) is a deadlock. */
const caught = ['pods', 'replicasets', 'deployments', 'daemonsets', 'statefulsets', 'jobs', '*', '*/*', 'pods/*'];
const matched = (hook: Tree): string => [...new Set(listAt(hook, 'rules').flatMap(rule => listAt(rule, 'resources')).map(String))].filter(each => caught.includes(each)).join(', ').replace(/^\*.*/, 'object');
const catchesPods = (hook: Tree): boolean => listAt(hook, 'rules').some(rule => listAt(rule, 'resources').some(each => caught.includes(String(each))) && listAt(rule, 'operations').some(each => ['CREATE', '*'].includes(String(each))));
