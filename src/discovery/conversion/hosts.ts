/** What each host runs, and what of the cluster's keys is there. */
import { bare } from '../../clinic/read/hosts.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { containerOf } from '../../clinic/read/manifests.js';
import { runtimeKind } from '../../clinic/read/runtime.js';
import { type Hit, hit, onHost } from '../../preflight/upgrade/finding.js';
import { leansOn } from '../draw/identity.js';
import { timersOf } from '../draw/keep.js';
import { podOf } from '../owner/builder.js';
import { type Conversion, type ConversionJudge, stands } from './finding.js';
import { podPrograms } from './pods.js';

export const hostJudge: ConversionJudge = (conversion, evidence) => {
  const { chart, planes, spec } = conversion;
  const hosts = [...chart.hosts.values()];
  for (const host of hosts) evidence.read(host.versions);
  for (const host of planes) evidence.read(host.keys);
  return [
    ...stands(
      'versions-mixed',
      'blocker',
      hosts.flatMap(host => otherVersions(host, spec.kubernetes)),
      {
        why: `the file says ${spec.kubernetes} for all, and a conversion changes no version`,
        next: 'bring all hosts to one version first, by kubeadm’s own means (kubeadm upgrade), then adopt again',
      },
    ),
    ...stands('key-missing', 'blocker', missingKeys(conversion), {
      why: 'Kubewizard signs what its hosts need, and brings service accounts’ key to every control plane',
      next: 'put it back on a control plane for as long as the conversion takes',
    }),
    ...stands('other-runtime', 'blocker', hosts.flatMap(otherRuntime), {
      why: 'Kubewizard knows containerd alone, at its usual socket, and a runtime is not exchanged below living pods',
      next: 'bring the host to containerd by kubeadm’s own means, or replace it',
    }),
    ...stands(
      'timer-of-builder',
      'warning',
      hosts.flatMap(host => timersOf(host).map(path => onHost(host.name, path))),
      { why: 'it writes certificates or backups that Kubewizard sees to', next: 'systemctl disable --now it' },
    ),
    ...stands('one-control-plane', 'warning', planes.length === 1 ? planes.map(({ name }) => onHost(name)) : [], {
      why: 'while its API server becomes a unit nobody answers; pods go on',
      next: 'choose an hour, or add control planes by kubeadm’s own means first',
    }),
    ...stands('endpoint-on-one-host', 'warning', leaning(conversion), {
      why: 'kubelets and clients ask that control plane alone: in its turn they find no API server; pods go on',
      next: 'choose an hour, or put a load balancer in front of the control planes first',
    }),
  ];
};

const leaning = ({ planes, spec: { endpoint } }: Conversion): readonly Hit[] => {
  const plane = leansOn(planes, endpoint.address);
  return plane ? [onHost(plane.name, `${endpoint.address}:${endpoint.port}`)] : [];
};

const otherVersions = (host: HostChart, wanted: string): readonly Hit[] => {
  const kubelet = 'value' in host.versions ? bare(host.versions.value.kubelet ?? '') : undefined;
  const images = podPrograms.flatMap(program => {
    const pod = program === 'etcd' ? undefined : podOf(host, program);
    const tag = /:v?(\d+\.\d+\.\d+)[^/]*$/.exec((pod && containerOf(pod, program)?.image) ?? '')?.[1];
    return tag === undefined ? [] : [{ program: String(program), version: tag }];
  });
  return [...(kubelet === undefined ? [] : [{ program: 'kubelet', version: kubelet }]), ...images]
    .filter(({ version }) => version !== wanted)
    .map(({ program, version }) => onHost(host.name, `${program} ${version}`));
};

const keys = ['ca.key', 'etcd/ca.key', 'front-proxy-ca.key', 'sa.key'];

/** Where nobody saw them nothing is said to be missing. */
const missingKeys = ({ planes, spec }: Conversion): readonly Hit[] => {
  const seen = planes.flatMap(({ keys: own }) => ('value' in own ? [own.value] : []));
  if (seen.length < planes.length) return [];
  return keys
    .filter(name => !seen.some(own => own.some(({ path, spkiSha256 }) => path.endsWith(`/pki/${name}`) && spkiSha256)))
    .map(name => hit('cluster', spec.name, `/etc/kubernetes/pki/${name} is on no control plane`));
};

const socket = /^(unix:\/\/)?(\/var)?\/run\/containerd\/containerd\.sock$/;

const otherRuntime = (host: HostChart): readonly Hit[] => {
  const kind = runtimeKind(host);
  const told: unknown = kubeletOf(host).value('containerRuntimeEndpoint', 'container-runtime-endpoint');
  if (kind !== undefined && kind !== 'containerd') return [onHost(host.name, kind)];
  return typeof told === 'string' && told !== '' && !socket.test(told) ? [onHost(host.name, told)] : [];
};
