import type { ClusterSpec } from '../../model/cluster.js';
import type { DefaultNote } from '../../spec/index.js';
import { apiserverDefaults } from '../components/apiserver-defaults.js';
import { controllerDefaults } from '../components/controllers.js';

const reasons: Readonly<Record<string, string>> = {
  'admission-control-config-file':
    'holds the rates of events, and Pod Security: enforce privileged, warn and audit baseline, kube-system exempt. ' +
    'Network, storage and log agents need what baseline forbids; a namespace is closed by its label',
  'enable-admission-plugins':
    'nodes change their own objects alone; no Service takes any address it likes (CVE-2020-8554); no loop fills etcd ' +
    'with events. AlwaysPullImages is not among them: images that were brought without a registry would not start',
  'enable-aggregator-routing':
    'aggregated APIs and webhooks are reached at their pods: all replicas get their share, and a host without a ' +
    'default route reaches them too',
  'max-mutating-requests-inflight': 'by the number of hosts; with priority and fairness the sum counts',
  'max-requests-inflight': 'by the number of hosts; with priority and fairness the sum counts',
  'request-timeout': 'the default, written down: a longer one lets slow clients hold what others wait for',
  'service-account-extend-token-expiration':
    'a token of a pod ends after its hour, and not after a year; libraries since 2019 read it again',
  'tls-cipher-suites': 'forward secrecy and authenticated encryption only (CIS 1.2.29)',
  'tls-min-version': 'older ones are broken',
  'shutdown-delay-duration': 'the load balancer sees that it goes before it is gone: no request fails in a rollout',
  'shutdown-send-retry-after':
    'who comes too late is told to come again, and a restart takes seconds where it took a minute',
  'goaway-chance': 'one of a thousand requests closes its connection, so that load spreads again after a rollout',
  'authentication-config':
    'who has no name may ask for health and version, and where the cluster is (joining by token), and nothing else. ' +
    'Left out ' +
    'where you set oidc-*, anonymous-auth or a file of your own',
};

export const apiserverNotes = (spec: ClusterSpec): readonly DefaultNote[] =>
  notes('apiserver', apiserverDefaults(spec), reasons);

const controllerReasons: Readonly<Record<string, string>> = {
  'kube-api-burst': 'by the number of hosts: with 20 a second 11 joining hosts get their certificates, with 500 147',
  'kube-api-qps': 'by the number of hosts: with 20 a second 11 joining hosts get their certificates, with 500 147',
  'terminated-pod-gc-threshold': 'by the number of hosts; 12,500 ended pods make every list slow in a small cluster',
};

export const controllerNotes = (spec: ClusterSpec): readonly DefaultNote[] =>
  notes('controllerManager', controllerDefaults(spec), controllerReasons);

/** A flag without a reason is our mistake: it must not get into a release. */
export const notes = (
  component: string,
  flags: Readonly<Record<string, string>>,
  why: Readonly<Record<string, string>>,
): readonly DefaultNote[] =>
  Object.entries(flags).map(([flag, value]) => {
    const reason = why[flag];
    if (reason === undefined) throw new Error(`${component} has the default ${flag} without a reason`);
    return { path: `components.${component}.extraArgs.${flag}`, value, why: reason };
  });
