/** The socket between kubelet and containerd: what one dials, the other must hold. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { layout, nodesOf } from '../../../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { containerdFile } from '../../../read/runtime.js';
import { shown } from '../../../read/shown.js';
import { at, type Tree } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { kubeletSetting, programFlags } from '../../../therapies/kubelet-settings.js';
import type { Finding } from '../../../examine/verdict.js';

/** /var/run is a link to /run wherever systemd is. */
const pathOf = (endpoint: string): string => endpoint.replace(/^unix:\/\//, '').replace(/^\/var\/run\//, '/run/');

const dialled = (host: HostChart): string | undefined => {
  const found: unknown = kubeletOf(host).value('containerRuntimeEndpoint', 'container-runtime-endpoint');
  return typeof found === 'string' && /^(unix:\/\/)?\//.test(found) ? pathOf(found) : undefined;
};

/** undefined: containerd does not run, or with another file than the one whose configuration was dumped. */
const held = (host: HostChart, config: Tree): string | undefined => {
  const flags = flagsOf(host, 'containerd').running;
  if (!flags || containerdFile(host) !== '/etc/containerd/config.toml') return undefined;
  const found: unknown = flags.get('address') ?? flags.get('a') ?? at(config, 'grpc', 'address');
  return typeof found === 'string' && found !== '' ? pathOf(found) : '/run/containerd/containerd.sock';
};

export const otherSocket = (host: HostChart, config: Tree): Finding | undefined => {
  const [dials, listens] = [dialled(host), held(host, config)];
  return dials === undefined || listens === undefined || dials === listens
    ? undefined
    : {
        variant: 'socket',
        host: host.name,
        subject: dials,
        says: `the kubelet of ${host.name} dials ${dials}, and containerd listens on ${listens}`,
        shows: [
          shown(host.processes, 'argv of kubelet', `container-runtime-endpoint ${dials}`),
          shown(host.containerd, 'containerd config dump', `grpc.address ${listens}`),
        ],
      };
};

export const sameSocket = (chart: Chart, host: HostChart): Therapy | Refusal => {
  const listens =
    held(host, 'value' in host.containerd ? host.containerd.value : undefined) ?? '/run/containerd/containerd.sock';
  const because = 'the kubelet dials the socket on which its runtime listens';
  const byFlag = kubeletOf(host).flags?.get('container-runtime-endpoint') !== undefined;
  const want = byFlag
    ? programFlags(chart, host, 'kubelet', { 'container-runtime-endpoint': `unix://${listens}` }, because)
    : kubeletSetting(chart, host, 'containerRuntimeEndpoint', `unix://${listens}`, because);
  return want.length > 0
    ? { title: `Let the kubelet of ${host.name} dial ${listens}`, risk: 'restart', want }
    : {
        refused: 'where the kubelet is told its socket was not seen as text',
        advice: [
          `--container-runtime-endpoint=unix://${listens} in /var/lib/kubelet/kubeadm-flags.env, systemctl restart kubelet`,
          'kubeadm reads the annotation kubeadm.alpha.kubernetes.io/cri-socket of the node: it must say the same',
        ],
      };
};

const annotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/** kubeadm takes a node's socket from this annotation, and asks whoever listens there: at an upgrade, a reset, a pull of images. */
export const otherAnnotation = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const nodes = layout(chart) === 'kubewizard' ? [] : (objectsSeen(eyes, chart, 'nodes') ?? []);
  return nodesOf(chart).flatMap(host => {
    const name = nodeNameOf(host);
    const said = nodes.find(one => one.metadata.name === name)?.metadata.annotations?.[annotation];
    const dials = dialled(host);
    return said === undefined || dials === undefined || pathOf(said) === dials
      ? []
      : [
          {
            variant: 'annotation',
            host: host.name,
            subject: name,
            says: `kubeadm is told by the node ${name} that its runtime listens on ${pathOf(said)}, and the kubelet of ${host.name} dials ${dials}`,
            shows: [
              shownObject(chart, 'nodes', name, `${annotation}: ${said}`),
              shown(host.processes, 'argv of kubelet', `container-runtime-endpoint ${dials}`),
            ],
          },
        ];
  });
};

export const sameAnnotation = (host: HostChart, node: string): Therapy => {
  const dials = dialled(host) ?? '';
  return {
    title: `Let the node ${node} tell kubeadm the socket of its runtime, ${dials}`,
    risk: 'none',
    want: [
      object(
        `/api/v1/nodes/${node}`,
        { apiVersion: 'v1', kind: 'Node', metadata: { name: node, annotations: { [annotation]: `unix://${dials}` } } },
        { because: 'kubeadm asks the runtime that the kubelet uses', create: false },
      ),
    ],
  };
};
