import { isMap, isSeq } from 'yaml';
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { staticPods } from '../../../read/manifests.js';
import { at, listAt } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { manifestEdited } from '../../../therapies/place.js';
import { restore } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';
import type { Resource } from '../../../../model/resource.js';
import { doorFor } from './static-pods.js';
import { portOf } from './workloads.js';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const want = finding.variant === 'workload' ? workload(finding, chart) : staticPod(finding, chart);
  if (want.length > 0)
    return { title: `Let the probe ask where the container listens (${finding.subject})`, risk: 'restart', want };
  return {
    refused: 'on which of its ports the container means to answer is not known from here',
    advice: [
      `kubectl edit ${finding.subject.split(' ').slice(0, 2).join(' ')}: set the port of the probe to one on which the container listens`,
      'kubectl exec into the container and look: ss -ltn',
    ],
  };
};

const paths: Readonly<Record<string, string>> = { etcd: '/health', 'kube-apiserver': '/livez' };

/** Address, port, scheme and path of the component's own first door; everything else of the probe stays. */
function staticPod(finding: Finding, chart: Chart): readonly Resource[] {
  const host = chart.hosts.get(finding.host);
  const [path = '', probe = ''] = finding.subject.split(' ');
  const container =
    host &&
    staticPods(host)
      .find(one => one.path === path)
      ?.containers.find(one => one.probes[probe]);
  const argv = [...(container?.command ?? []), ...(container?.args ?? [])];
  const program = argv[0]?.split('/').at(-1) ?? '';
  const door = doorFor(program, argv);
  if (!host || !container || !door) return [];
  const asked = String(at(container.probes[probe], 'httpGet', 'path') ?? '/');
  return manifestEdited(
    host,
    program,
    path,
    doc => {
      const all = doc.getIn(['spec', 'containers']);
      if (!isSeq(all)) return;
      const index = all.items.findIndex(item => isMap(item) && item.get('name') === container.name);
      const wanted = {
        host: ['0.0.0.0', '::'].includes(door.address) ? host.address : door.address,
        port: door.port,
        scheme: door.scheme,
        path: door.paths.some(each => each.test(asked)) ? asked : (paths[program] ?? '/healthz'),
      };
      for (const [key, value] of Object.entries(wanted))
        doc.setIn(['spec', 'containers', index, probe, 'httpGet', key], value);
    },
    'the probe asks where the component listens',
  );
}

/** Only where the container declares a single port is there no choice. */
function workload(finding: Finding, chart: Chart): readonly Resource[] {
  const [kind = '', full = '', name = '', probe = ''] = finding.subject.split(' ');
  const path = `/apis/apps/v1/namespaces/${full.split('/')[0]}/${kind}s/${full.split('/')[1]}`;
  const ours = restore(chart, one => one.kind === 'object' && one.key === path);
  if (ours.length > 0) return ours;
  const list = chart.api.objects[`${kind}s.apps`];
  const found =
    list && 'value' in list
      ? list.value.find(one => `${one.metadata.namespace}/${one.metadata.name}` === full)
      : undefined;
  const container = listAt(found, 'spec', 'template', 'spec', 'containers').find(one => at(one, 'name') === name);
  const kinds: Readonly<Record<string, string>> = {
    deployment: 'Deployment',
    daemonset: 'DaemonSet',
    statefulset: 'StatefulSet',
  };
  const set = (way: string, field: object, because: string): readonly Resource[] => [
    object(
      path,
      {
        apiVersion: 'apps/v1',
        kind: kinds[kind] ?? '',
        metadata: { name: full.split('/')[1] ?? '', namespace: full.split('/')[0] ?? '' },
        spec: { template: { spec: { containers: [{ name, [probe]: { [way]: field } }] } } },
      },
      { because, create: false },
    ),
  ];
  const spoken = /the container answers in (TLS|HTTP)$/.exec(finding.says)?.[1];
  if (spoken !== undefined)
    return set('httpGet', { scheme: spoken === 'TLS' ? 'HTTPS' : 'HTTP' }, 'so the container answered');
  // Which path or host was meant only the author knows.
  if (/ asks (the host )?\S+, which /.test(finding.says)) return [];
  const [only, ...others] = [
    ...new Set(
      listAt(container, 'ports')
        .filter(one => at(one, 'protocol') !== 'UDP')
        .map(one => Number(at(one, 'containerPort'))),
    ),
  ];
  if (only === undefined || others.length > 0 || portOf(at(container, probe)) === undefined) return [];
  const way = ['httpGet', 'tcpSocket', 'grpc'].find(each => at(container, probe, each)) ?? 'tcpSocket';
  return set(way, { port: only }, 'it is the only port of the container');
}
