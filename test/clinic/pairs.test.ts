/**
 * Two faults at once: what makes one case ill hides no other one. Fixtures of two cases are laid over one healthy
 * cluster.
 */
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { flat } from '../../src/clinic/examine/report.js';
import { mergedFixtures } from './fixture.js';

/** Files, trust, dates, kernel, network, runtime, etcd, API objects, RBAC: no case twice on one side. */
const pairs: readonly (readonly [string, string])[] = [
  ['leaf-certificate-expired/sick-file', 'bridge-nf-ipforward/sick-live'],
  ['client-and-server-disagree-on-ca/sick-client-ca', 'etcd-nospace/sick-full'],
  ['pem-unreadable/sick-file-missing', 'mtu/sick-overlay'],
  ['forbidden-for-user/sick-cluster-admin', 'cri-disabled/sick-failed'],
  ['forbidden-for-component/sick-authorizer', 'disk-pressure/sick-images'],
  ['node-not-ready-cni/sick-broken', 'service-account-key-mismatch/sick-token-signer'],
  ['pod-traffic-dropped/sick-policy', 'name-missing-in-certificate/sick-dialled'],
  ['probe-misses-its-target/sick-workload', 'clock-skew/sick-ahead'],
  ['cloud-provider-wrong/sick-configuration', 'iptables-mixed/sick-both'],
  ['bootstrap-token-expired/sick-none', 'webhook-deadlock/sick-service-absent'],
  ['master-endpoints-reset/sick-dead-endpoint', 'stale-cni/sick-bridge-address'],
  ['waiting-for-leader-lease/sick-nobody', 'kubelet-certificate-not-trusted/sick-no-address'],
  ['not-highly-available/sick-backend-missing', 'podcidr-unassigned/sick-node-without'],
  ['encryption-config-mismatch/sick-key-differs', 'cgroup-driver-mismatch/sick-containerd'],
  ['etcd-stale-member/sick-never-started', 'vrrp-clash/sick-adverts-blocked'],
  ['etcd-peer-san/sick-address', 'dns-loop/sick-dnsmasq'],
  ['host-firewall/sick-silent', 'version-skew/sick-kubelet-newer'],
  ['node-ip-wrong-nic/sick-one', 'namespace-terminating-apiservice/sick-service-absent'],
  ['front-proxy/sick-authority', 'duplicate-identity/sick-mac'],
  ['removed-flag/sick-not-yet', 'sandbox-image/sick-absent'],
  ['kubelet-client-certificate-expired/sick-expired', 'cidr-overlap/sick-pods-hosts'],
  ['apiserver-to-kubelet-forbidden/sick-unbound', 'proxy-environment/sick-client'],
  ['etcd-slow-disk/sick-fsync', 'cluster-dns-missing/sick-unset'],
];

test('fifteen pairs and more, of different cases', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(15);
  expect(pairs.filter(([one, other]) => one.split('/')[0] === other.split('/')[0])).toEqual([]);
});

test.each(pairs)(
  '%s and %s: both are named',
  async (one, other) => {
    const { chart, findings } = await mergedFixtures(one, other);
    const all = flat(examine(chart, cases).causes);
    for (const { id, variant } of findings)
      expect(
        all.map(each => `${each.case}/${each.variant}`),
        `${one} beside ${other}`,
      ).toContain(`${id}/${variant}`);
  },
  60_000,
);

test('a slow disk ends a leader, and systemd starts it again: it is not a cause of one that runs nowhere', async () => {
  const { chart } = await mergedFixtures('etcd-slow-disk/sick-fsync', 'waiting-for-leader-lease/sick-nobody');
  expect(examine(chart, cases).causes.map(one => `${one.case}/${one.variant}`)).toContain(
    'waiting-for-leader-lease/nobody',
  );
});

// As it was seen in the lab: what the doctor read from that server accused the cluster of three other illnesses.
test('a server that keeps its objects under another prefix explains what lacks there', async () => {
  const { chart } = await mergedFixtures('control-planes-differ/sick-flag', 'forbidden-for-user/sick-administrator');
  const verdict = cases.find(one => one.id === 'control-planes-differ')?.diagnose(chart);
  const leading = examine(chart, cases).causes.map(one => one.case);
  expect(leading).toContain('control-planes-differ');
  expect(leading).not.toContain('forbidden-for-user');
  const known = new Set(cases.flatMap(one => [one.id, ...Object.keys(one.variants).map(name => `${one.id}/${name}`)]));
  const explained = verdict?.verdict === 'sick' ? verdict.findings.flatMap(one => one.explains ?? []) : [];
  expect(explained.filter(name => !known.has(name))).toEqual([]);
  expect(explained).toEqual(
    expect.arrayContaining(['master-endpoints-reset', 'apiserver-to-kubelet-forbidden/unbound']),
  );
});
