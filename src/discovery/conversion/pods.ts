/** Static pods of the control plane, read for what a unit could not do in their place. */
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf, readFlags, securePort } from '../../clinic/read/flags.js';
import { containerOf, type StaticPod } from '../../clinic/read/manifests.js';
import { listAt } from '../../clinic/read/yaml.js';
import { apiserverPort } from '../../model/components.js';
import { type Hit, onHost } from '../../preflight/upgrade/finding.js';
import { podOf } from '../owner/builder.js';
import { type ConversionJudge, stands } from './finding.js';

export const podPrograms = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

export const podJudge: ConversionJudge = ({ planes }) => [
  ...stands(
    'path-in-container',
    'blocker',
    planes.flatMap(host => inPods(host, pathsOf)),
    {
      why: 'the pod sees a file at another path than the host does, and a unit would look for it where it is not',
      next: 'mount it at its own path (hostPath and mountPath alike, in kubeadm’s extraVolumes), then adopt again',
    },
  ),
  ...stands(
    'more-in-pod',
    'blocker',
    planes.flatMap(host => inPods(host, companions)),
    {
      why: 'another container stands beside the component, and would be gone with its pod',
      next: 'give it a static pod or a DaemonSet of its own',
    },
  ),
  ...stands('other-port', 'blocker', planes.flatMap(portOf), {
    why: `API servers of Kubewizard listen on ${apiserverPort}`,
    next: 'leave this cluster as it is: its clients know that port',
  }),
  ...stands('pki-elsewhere', 'blocker', planes.flatMap(elsewhere), {
    why: 'certificates and keys are looked for in /etc/kubernetes/pki alone',
    next: 'leave this cluster as it is: other files than those that it was set up with would be read',
  }),
  ...stands('encrypted', 'blocker', planes.flatMap(encryption), {
    why: 'Secrets are encrypted by the owner’s configuration, which would give way to Kubewizard’s',
    next: 'leave this cluster as it is: what is encrypted by that file nobody could read any more',
  }),
  ...stands(
    'unencrypted',
    'note',
    planes.filter(host => encryption(host).length === 0).map(({ name }) => onHost(name)),
    {
      why: 'Secrets lie in etcd as they are; clusters that Kubewizard builds encrypt them',
      next: 'nothing: a conversion leaves it so, and a kw up after it encrypts what is written from then on',
    },
  ),
];

const inPods = (
  host: HostChart,
  read: (host: HostChart, pod: StaticPod, program: string) => readonly Hit[],
): readonly Hit[] =>
  podPrograms.flatMap(program => {
    const pod = podOf(host, program);
    return pod ? read(host, pod, program) : [];
  });

/** Flags that name files; other values begin with a slash, too: `--etcd-prefix=/registry`. */
const namesFile = /(^|-)(file|dir|path|kubeconfig|config)$/;

const pathsOf = (host: HostChart, pod: StaticPod, program: string): readonly Hit[] => {
  const container = containerOf(pod, program);
  if (!container) return [];
  const flags = readFlags([...container.command, ...container.args].slice(1));
  const moved = Object.entries(container.mounts).filter(([inside, outside]) => bare(inside) !== bare(outside));
  return flags.names
    .filter(name => namesFile.test(name))
    .flatMap(name =>
      flags.all(name).flatMap(value => {
        const mount = moved.find(([inside]) => value === bare(inside) || value.startsWith(`${bare(inside)}/`));
        return mount === undefined
          ? []
          : [onHost(host.name, `${program}: --${name}=${value} is ${mount[1] || 'no path of the host'} outside`)];
      }),
    );
};

const bare = (path: string): string => path.replace(/(?<=.)\/+$/, '');

const companions = (host: HostChart, pod: StaticPod, program: string): readonly Hit[] => [
  ...pod.containers
    .filter(one => one !== containerOf(pod, program))
    .map(({ name }) => onHost(host.name, `${pod.path}: container ${name}`)),
  ...listAt(pod.pod, 'spec', 'initContainers').map(one =>
    onHost(host.name, `${pod.path}: it begins with ${one?.name}`),
  ),
];

const portOf = (host: HostChart): readonly Hit[] => {
  const port = securePort(host);
  return port === apiserverPort ? [] : [onHost(host.name, `--secure-port=${port}`)];
};

const files = ['client-ca-file', 'tls-cert-file', 'tls-private-key-file', 'etcd-cafile', 'proxy-client-cert-file'];

const elsewhere = (host: HostChart): readonly Hit[] => {
  const flags = flagsOf(host, 'kube-apiserver').inForce;
  return files.flatMap(name => {
    const value = flags?.get(name);
    return value === undefined || value.startsWith('/etc/kubernetes/pki/')
      ? []
      : [onHost(host.name, `--${name}=${value}`)];
  });
};

const encryption = (host: HostChart): readonly Hit[] => {
  const path = flagsOf(host, 'kube-apiserver').inForce?.get('encryption-provider-config');
  return path === undefined ? [] : [onHost(host.name, `--encryption-provider-config=${path}`)];
};
