/** What must not be touched of a cluster that others built, as far as it was found there. */
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { containerOf, staticPods } from '../../clinic/read/manifests.js';
import { runtimeKind } from '../../clinic/read/runtime.js';
import { podOf } from '../owner/builder.js';
import { runs } from '../owner/whole.js';
import { type ComponentKey, componentKeys } from '../../model/components.js';
import type { Held, Line, Seen } from './drawing.js';
import { etcdData } from './identity.js';

export const keepLines = (seen: Seen): readonly Line[] =>
  [
    ...seen.members.flatMap(memberText),
    `data of etcd: ${etcdData(seen).join(', ')}`,
    ...flagText(seen, 'encryption-provider-config', 'encryption of Secrets: without that file nobody reads them again'),
    ...flagText(seen, 'service-account-issuer', 'the issuer of service accounts: tokens name it'),
    ...flagText(seen, 'enable-admission-plugins', 'admission plugins'),
    ...flagText(seen, 'audit-policy-file', 'the audit policy'),
    ...[...seen.chart.hosts.values()].flatMap(runtimeText),
    ...otherPods(seen),
    ...timers(seen),
  ].map(says => ({ kind: 'keep', says }));

const memberText = ({ name, etcd }: HostChart): readonly string[] => {
  if (!('value' in etcd)) return [];
  const { members, status } = etcd.value;
  const id = status.find(({ clusterId }) => clusterId !== undefined)?.clusterId;
  return members.length === 0
    ? []
    : [
        `etcd${id === undefined ? '' : ` ${id}`}, as ${name} says: members ` +
          members.map(one => `${one.name || 'without a name'}${one.learner ? ' (a learner)' : ''}`).join(', '),
      ];
};

const flagText = ({ planes }: Seen, flag: string, what: string): readonly string[] => {
  const values = planes.flatMap(host => flagsOf(host, 'kube-apiserver').inForce?.all(flag) ?? []);
  return values.length === 0 ? [] : [`${what}: --${flag}=${[...new Set(values)].join(',')}`];
};

const runtimeText = (host: HostChart): readonly string[] => {
  const kind = runtimeKind(host);
  if (kind === undefined) return [];
  const driver: unknown = kubeletOf(host).value('cgroupDriver', 'cgroup-driver');
  const socket: unknown = kubeletOf(host).value('containerRuntimeEndpoint', 'container-runtime-endpoint');
  const version = 'value' in host.versions ? host.versions.value.containerd : undefined;
  const words = [
    `its runtime is ${kind}${version === undefined || kind !== 'containerd' ? '' : ` ${version}`}`,
    ...(typeof socket === 'string' ? [socket] : []),
    ...(typeof driver === 'string' ? [`cgroup driver ${driver}`] : []),
  ];
  return [`${host.name}: ${words.join(', ')}`];
};

const parts: readonly string[] = Object.values(componentKeys);

/** A proxy to the API servers, keepalived, kube-vip: whatever its owner lays beside the control plane. */
const otherPods = ({ chart }: Seen): readonly string[] =>
  [...chart.hosts.values()].flatMap(host => otherPodsOf(host).map(path => `${host.name}: the static pod ${path}`));

export const otherPodsOf = (host: HostChart): readonly string[] =>
  staticPods(host)
    .filter(pod => !parts.some(program => containerOf(pod, program)))
    .map(({ path }) => path);

const formerTimers = /\/systemd\/system\/(k8s-certs-renew|backup-etcd|etcd-backup|kubeadm-certs-[\w-]*)\.service$/;

const timers = ({ chart }: Seen): readonly string[] =>
  [...chart.hosts.values()].flatMap(host =>
    timersOf(host).map(
      path => `${host.name}: ${path} of its builder works on (stop it before anybody else does its work)`,
    ),
  );

/** Units of the former builder that renew certificates or take backups. */
export const timersOf = (host: HostChart): readonly string[] =>
  ('value' in host.files ? host.files.value : []).map(({ path }) => path).filter(path => formerTimers.test(path));

/** Of static pods: what they have beside their arguments. */
export const heldOfPods = (seen: Seen): readonly Held[] =>
  (Object.keys(componentKeys) as ComponentKey[]).flatMap(component =>
    [...seen.chart.hosts.values()].flatMap(host => {
      const program = componentKeys[component];
      const pod = podOf(host, program);
      const container = pod && containerOf(pod, program);
      return Object.keys(container?.env ?? {}).map(name => ({
        component,
        word: `environment ${name}`,
        why: 'a file says no environment of components',
        hosts: [host.name],
      }));
    }),
  );

/** How what is there differs in kind from what Kubewizard builds. */
export const formLines = (seen: Seen): readonly Line[] => {
  const hosts = [...seen.chart.hosts.values()];
  const inPods = seen.planes.filter(host => podOf(host, 'kube-apiserver'));
  const others = hosts.filter(host => ![undefined, 'containerd'].includes(runtimeKind(host)));
  const withoutProxy = hosts.filter(host => runs(host, 'kubelet') && !runs(host, 'kube-proxy'));
  const says = [
    ...(inPods.length > 0
      ? [`the control plane of ${names(inPods)}: static pods would become units, and restart`]
      : seen.built.by === 'rke1'
        ? [`the control plane of ${names(seen.planes)}: Docker's containers would become units, and restart`]
        : []),
    ...(others.length > 0 ? [`${names(others)}: containerd would come in place of the runtime, for all pods`] : []),
    ...(withoutProxy.length > 0 ? [`${names(withoutProxy)}: a kube-proxy would be started where none runs`] : []),
    'every host: units, certificates, kubeconfigs, files of kubelet, kube-proxy and containerd would be written anew',
    "etcd: its flags would become Kubewizard's, for whatever components.etcd does not say",
    'where the file says nothing, the defaults of kw: kw plan --explain-defaults -f FILE lists them',
  ];
  return says.map(one => ({ kind: 'changes', says: one }));
};

const names = (hosts: readonly HostChart[]): string => hosts.map(({ name }) => name).join(', ');
