import type { ClusterSpec, Host } from '../../model/cluster.js';
import { etcdctl } from './etcd.js';
import { balancersOf, sharedBalancersOf, healthUrl } from '../../model/components.js';
import { kubectlAsServer } from './ask-apiserver.js';
import { renewalUnit } from './renewal.js';
import { raw, type Script, sh } from '../../shell/sh.js';

/**
 * A unit, and how it is asked for its health on its own host: the probe prints `ok`, what is wrong, or `unknown: ` and
 * why it cannot say.
 */
export interface Probe {
  readonly unit: string;
  readonly probe?: Script;
}

/** No package brings curl: hosts that have neither it nor wget cannot say how their components are. */
const ask = (url: string): Script =>
  sh`if command -v curl >/dev/null; then curl -fsSk --max-time 4 ${url}; elif command -v wget >/dev/null; \
then wget -q -T 4 -t 1 --no-check-certificate -O - ${url} || echo 'wget: no answer'; \
else echo 'unknown: this host has neither curl nor wget'; fi`;

/** Every component that the blueprint puts on this host. */
export function componentsOf(spec: ClusterSpec, host: Host): readonly Probe[] {
  const has = (role: Host['roles'][number]) => host.roles.includes(role);
  const balancer = balancersOf(spec).includes(host);
  return [
    ...(has('etcd')
      ? [
          {
            unit: 'etcd.service',
            // From 3.6 on etcdctl warns of ETCDCTL_API, which those before 3.4 must be told.
            probe: sh`${raw(etcdctl({ host }))} endpoint health 2>&1 | \
sed -e '/unrecognized environment variable/d' -e 's/.* is healthy.*/ok/'`,
          },
        ]
      : []),
    ...(has('etcd') ? [timer('kw-etcd-snapshot'), timer('kw-etcd-defragment')] : []),
    ...(has('controlPlane') ? controlPlane(host) : []),
    ...(balancer ? [{ unit: 'kw-haproxy.service' }] : []),
    ...(sharedBalancersOf(spec).includes(host) ? [{ unit: 'kw-keepalived.service' }] : []),
    ...(has('controlPlane') || has('worker') ? node(spec) : []),
  ];
}

/** A timer that runs says little: what its last run came to is the question. */
const timer = (name: string): Probe => ({
  unit: `${name}.timer`,
  probe: sh`if systemctl is-failed -q ${`${name}.service`}; \
then echo ${`the last run failed: journalctl -u ${name}`}; else echo ok; fi`,
});

const controlPlane = (host: Host): readonly Probe[] => [
  {
    unit: 'kube-apiserver.service',
    probe: sh`${raw(kubectlAsServer(host.address))} --request-timeout=4s get --raw /readyz`,
  },
  timer('kw-apiserver-watchdog'),
  timer(renewalUnit),
  { unit: 'kube-controller-manager.service', probe: ask('https://127.0.0.1:10257/healthz') },
  { unit: 'kube-scheduler.service', probe: ask('https://127.0.0.1:10259/healthz') },
];

const node = (spec: ClusterSpec): readonly Probe[] => [
  { unit: 'containerd.service' },
  ...(spec.network.provider === 'none' ? [] : [{ unit: 'kw-network.service' }, timer('kw-network-keeper')]),
  { unit: 'kubelet.service', probe: ask(healthUrl('kubelet')) },
  {
    unit: 'kube-proxy.service',
    probe: sh`{ ${raw(ask(healthUrl('kube-proxy')))}; } 2>&1 | sed 's/.*lastUpdated.*/ok/'`,
  },
];
