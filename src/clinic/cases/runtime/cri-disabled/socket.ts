/** The socket between kubelet and containerd: what one dials, the other must hold. */
import type { FoundOf, Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { containerdFile } from '../../../read/runtime.js';
import { at, type Tree } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { kubeletSetting, programFlags } from '../../../therapies/kubelet-settings.js';
import { absolutePath } from '../../../../model/path.js';
import { isObjectName } from '../../../../spec/names.js';
import type { Facts } from './facts.js';

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

export const otherSocket = (host: HostChart, config: Tree): FoundOf<Facts> | undefined => {
  const [dials, listens] = [dialled(host), held(host, config)];
  return dials === undefined || listens === undefined || dials === listens
    ? undefined
    : {
        variant: 'socket',
        host: host.name,
        subject: { socket: dials },
        facts: { dials, listens },
      };
};

export const sameSocket = (chart: Chart, host: HostChart, facts: Facts['socket']): Therapy | Refusal => {
  const listens = absolutePath(facts.listens);
  if (listens === undefined)
    return {
      refused: 'containerd is told to listen on what is not an absolute path',
      advice: ['containerd config dump | grep -A 3 grpc', 'correct [grpc] address in its configuration'],
    };
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
          `--container-runtime-endpoint=unix://${listens} in /var/lib/kubelet/kubeadm-flags.env, systemctl ` +
            'restart kubelet',
          'kubeadm reads the annotation kubeadm.alpha.kubernetes.io/cri-socket of the node: it must say the same',
        ],
      };
};

export const annotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/**
 * kubeadm takes a node's socket from this annotation, and asks whoever listens there: at an upgrade, a reset, a pull of
 * images.
 */
export const otherAnnotation = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const nodes = isOurs(chart) ? [] : (objectsSeen(evidence, chart, 'nodes') ?? []);
  return nodesOf(chart).flatMap((host): readonly FoundOf<Facts>[] => {
    const name = nodeNameOf(host);
    const annotated = nodes.find(one => one.metadata.name === name)?.metadata.annotations?.[annotation];
    const dials = dialled(host);
    return annotated === undefined || dials === undefined || pathOf(annotated) === dials
      ? []
      : [
          {
            variant: 'annotation',
            host: host.name,
            subject: { node: name },
            facts: { node: name, told: pathOf(annotated), dials, annotated },
          },
        ];
  });
};

export const sameAnnotation = ({ node, dials: seen }: Facts['annotation']): Therapy | Refusal => {
  const dials = absolutePath(seen);
  if (dials === undefined || !isObjectName(node))
    return {
      refused: 'the name of the node, or the socket that its kubelet dials, is not valid',
      advice: [`kubectl annotate node NODE --overwrite ${annotation}=unix:///run/containerd/containerd.sock`],
    };
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
