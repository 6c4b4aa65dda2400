/**
 * With every API server stopped, what files, hosts and etcd prove is diagnosed all the same: the whole list of what
 * needs the API stands here.
 */
import { subjectText } from '../../src/clinic/examine/verdict.js';
import { expect, test } from 'vitest';
import { examineCase } from '../../src/clinic/examine/examine.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { cases } from '../../src/clinic/cases/index.js';
import { without } from './evidence.js';
import { fixturesOf, readFixture } from './fixture.js';

/** By case: variants whose proof is an API object. */
const needApi: Readonly<Record<string, readonly string[]>> = {
  'client-and-server-disagree-on-ca': ['cluster-info'],
  'kubelet-certificate-not-trusted': ['request-pending'],
  'bootstrap-token-expired': ['expired', 'signer-off'],
  'front-proxy': ['flags-missing'],
  'forbidden-for-component': ['binding', 'role', 'service-account'],
  'forbidden-for-user': ['cluster-admin', 'role-absent', 'service-account', 'subject'],
  'node-not-ready-cni': ['not-loaded'],
  'probe-misses-its-target': ['workload'],
  'cri-disabled': ['annotation'],
  'cloud-provider-wrong': ['service-waits', 'volume-waits'],
  'cloud-uninitialized': ['kept-away', 'leftover', 'no-controller'],
  'master-endpoints-reset': ['dead-endpoint', 'missing-endpoint'],
  'waiting-for-leader-lease': ['held-by-stranger', 'holder-dead', 'nobody'],
  'cluster-dns-missing': ['wrong'],
  'dns-loop': ['nobody'],
  'sandbox-image': ['absent'],
  'apiserver-to-kubelet-forbidden': ['unbound'],
  'webhook-deadlock': ['ca-bundle', 'left-open', 'no-endpoints', 'service-absent', 'url-unanswered', 'wrong-port'],
  'node-ip-wrong-nic': ['duplicate', 'other-interface'],
  'podcidr-unassigned': ['node-without', 'not-allocated', 'pool-exhausted'],
  'network-policy-not-enforced': ['no-agent'],
  'no-node-tolerated': ['old-toleration', 'only-control-planes'],
  'upgrade-health-check': ['image', 'no-node'],
  'namespace-terminating-apiservice': ['ca-bundle', 'no-endpoints', 'service-absent', 'unavailable'],
};

/** Seen in a host's evidence in one fixture, only in the API's in another. */
const eitherWay: readonly string[] = [
  'node-ip-wrong-nic/sick-one.yaml',
  'client-and-server-disagree-on-ca/sick-root-ca.yaml',
  'cidr-overlap/sick-proxy-map.yaml',
  'rp-filter/sick-loose.yaml',
  'stale-cni/sick-conflist-copied.yaml',
  'forbidden-for-user/sick-binding-gone.yaml',
];

const stopped = (chart: Chart): Chart =>
  Object.keys(chart.api.objects).reduce((now, list) => without(now, `api/${list}`), without(chart, 'api/version'));

const all = cases.flatMap(one =>
  fixturesOf(one.id)
    .filter(file => file.startsWith('sick'))
    .map(file => [one.id, file, one] as const),
);

test.each(all)('%s/%s', async (id, file, one) => {
  const { chart, findings } = await readFixture(id, file);
  const verdict = examineCase(stopped(chart), one);
  const still =
    verdict.verdict === 'sick'
      ? verdict.findings.map(each => `${each.variant} ${each.host} ${subjectText(each.subject)}`)
      : [];
  const due = findings.filter(text => !needApi[id]?.includes(text.split(' ')[0] ?? ''));
  if (!eitherWay.includes(`${id}/${file}`)) expect(still.sort()).toEqual([...due].sort());
  expect(['sick', 'unknown']).toContain(verdict.verdict);
});

test('what is said to need the API is a variant of a case', () => {
  const known = cases.flatMap(one => Object.keys(one.variants).map(variant => `${one.id}/${variant}`));
  expect(
    Object.entries(needApi)
      .flatMap(([id, variants]) => variants.map(variant => `${id}/${variant}`))
      .filter(name => !known.includes(name)),
  ).toEqual([]);
});
