/** Who built the cluster whose hosts were asked, by what is left of him there. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { containerOf, staticPods } from '../../clinic/read/manifests.js';
import type { Builder } from '../../model/cluster.js';
import { configMap, livingOwner, objectsOf, refusedFor } from './living.js';
import { lookOnly, type Refusal } from './refusal.js';

export interface Built {
  readonly by: Builder;
  readonly evidence: readonly string[];
}

export const builderOf = (chart: Chart, planes: readonly HostChart[]): Built | { readonly refusal: Refusal } => {
  const living = livingOwner(chart);
  if (living) return { refusal: refusedFor(living) };
  const own = planes.find(ofKubewizard);
  if (own) return { refusal: ownRefusal(own.name) };
  const [kubekey, kubespray] = [marksOf(chart, kubekeyMarks), marksOf(chart, kubesprayMarks)];
  const pods = planes.filter(host => podOf(host, 'kube-apiserver') !== undefined);
  if (pods.length > 0 && pods.length === planes.length) {
    const static_ = pods.map(host => `kube-apiserver is a static pod of ${host.name}`);
    if (kubekey.length > 0) return { by: 'kubekey', evidence: [...kubekey, ...static_] };
    if (kubespray.length > 0) return { by: 'kubespray', evidence: [...kubespray, ...static_] };
    return { by: 'kubeadm', evidence: [...static_, ...ofKubeadm(chart)] };
  }
  const docker = planes.filter(inDocker);
  if (docker.length > 0 && docker.length === planes.length)
    return {
      by: 'rke1',
      evidence: docker.map(host => `kube-apiserver is a container of Docker's on ${host.name}, and no pod`),
    };
  return {
    refusal: {
      code: 'unknown-builder',
      says:
        `nobody can be told who built this cluster: ${planes.map(startedBy).join('; ')}. kw knows what kubeadm, ` +
        'kubespray, KubeKey and RKE1 leave behind',
      help: lookOnly,
    },
  };
};

const files = (host: HostChart) => ('value' in host.files ? host.files.value : []);
const has = (host: HostChart, path: string): boolean => files(host).some(file => file.path === path);

export const podOf = (host: HostChart, program: string) =>
  staticPods(host).find(pod => containerOf(pod, program) !== undefined);

/** Its API servers are units, of which nobody else makes one of that name beside its own. */
const ofKubewizard = (host: HostChart): boolean =>
  podOf(host, 'kube-apiserver') === undefined &&
  has(host, '/etc/systemd/system/kube-apiserver.service') &&
  files(host).some(({ path }) => /^\/etc\/systemd\/system\/kw-|^\/etc\/kubernetes\/network\/config$/.test(path));

const ownRefusal = (host: string): Refusal => ({
  code: 'own-cluster',
  says: `${host} is a host of a cluster that Kubewizard built: its cluster file is the one that built it`,
  help: 'use that file, from the folder where it lies or from your backups; one that is drawn anew would miss things',
});

const inDocker = (host: HostChart): boolean => {
  const running = 'value' in host.processes ? host.processes.value : [];
  return (
    flagsOf(host, 'kube-apiserver').source === undefined &&
    running.some(one => one.program === 'kube-apiserver' && one.contained) &&
    (running.some(one => one.program === 'dockerd') || units(host).includes('docker.service'))
  );
};
const units = (host: HostChart): readonly string[] =>
  'value' in host.units ? host.units.value.map(({ name }) => name) : [];

const startedBy = (host: HostChart): string =>
  `on ${host.name} kube-apiserver is started by ${flagsOf(host, 'kube-apiserver').source ?? 'nothing that was seen'}`;

const kubekeyMarks = /^\/etc\/systemd\/system\/k8s-certs-renew\.service$|^\/etc\/modules-load\.d\/kubekey-/;
const kubesprayMarks =
  /^\/etc\/etcd\.env$|^\/etc\/kubernetes\/kubelet\.env$|^\/etc\/kubernetes\/manifests\/(nginx-proxy|haproxy)\.yml$/;

const marksOf = (chart: Chart, marks: RegExp): readonly string[] =>
  [...chart.hosts.values()].flatMap(host =>
    files(host)
      .filter(({ path }) => marks.test(path))
      .map(({ path }) => `${host.name} has ${path}`),
  );

const ofKubeadm = (chart: Chart): readonly string[] => [
  ...(Object.keys(configMap(chart, 'kubeadm-config')).length > 0 ? ['there is a ConfigMap kubeadm-config'] : []),
  ...marksOf(chart, /^\/var\/lib\/kubelet\/kubeadm-flags\.env$/).slice(0, 3),
  ...objectsOf(chart, 'nodes')
    .filter(({ metadata }) => metadata.annotations?.['kubeadm.alpha.kubernetes.io/cri-socket'] !== undefined)
    .slice(0, 1)
    .map(({ metadata }) => `node ${metadata.name} has kubeadm's annotation`),
];
