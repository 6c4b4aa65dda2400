import { isMap, isSeq } from 'yaml';
import { absolutePath } from '../../../../model/path.js';
import type { Resource } from '../../../../model/resource.js';
import { parseAddress } from '../../../../net/address.js';
import { parsePort } from '../../../../net/endpoint.js';
import { isDnsLabel, isObjectName } from '../../../../spec/names.js';
import type { FoundOf, Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { staticPods } from '../../../read/manifests.js';
import { at, listAt } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { manifestEdited } from '../../../therapies/place.js';
import { restore } from '../../../therapies/restore.js';
import { ways } from './asked.js';
import { type Facts, kinds, type Misses, probeNames } from './facts.js';
import { type Listener, listenersOf, flagsIn } from './listens.js';
import { portOf } from './workloads.js';

export const therapy = (finding: FoundOf<Facts>, chart: Chart): Therapy | Refusal => {
  const [want, which] =
    finding.variant === 'workload'
      ? [workload(finding.facts, chart), workloadText(finding.facts)]
      : [staticPod(finding.host, finding.facts, chart), `${finding.facts.path} ${finding.facts.probe}`];
  if (want.length > 0)
    return { title: `Let the probe ask where the container listens (${which})`, risk: 'restart', want };
  return {
    refused: 'on which of its ports the container means to answer is not known from here',
    advice: [
      finding.variant === 'workload'
        ? `kubectl edit ${finding.facts.kind} ${finding.facts.namespace}/${finding.facts.name}: set the port of the ` +
          'probe to one on which the container listens'
        : `set host, port and scheme of the ${finding.facts.probe} in ${finding.facts.path} to those at which ` +
          `${finding.facts.program} listens`,
      'kubectl exec into the container and look: ss -ltn',
    ],
  };
};

const workloadText = ({ kind, namespace, name, container, probe }: Facts['workload']): string =>
  `${kind} ${namespace}/${name} ${container} ${probe}`;

const paths: Readonly<Record<string, string>> = { etcd: '/health', 'kube-apiserver': '/livez' };

/** Port, scheme and path of the address at which the component listens first; everything else of the probe stays. */
function staticPod(hostName: string, facts: Misses, chart: Chart): readonly Resource[] {
  const { path, program, probe, asked } = facts;
  const way = ways.find(one => one === asked.way && one !== 'grpc');
  const host = chart.hosts.get(hostName);
  const pod = host && staticPods(host).find(one => one.path === path);
  const container = pod?.containers.find(one => one.name === facts.container);
  const listener = container && listenersOf(program, flagsIn(container))?.[0];
  if (!host || !listener || !way || !isUsable(listener) || !absolutePath(path) || !probeNames.includes(probe))
    return [];
  const place = {
    host: ['0.0.0.0', '::'].includes(listener.address) ? host.address : listener.address,
    port: listener.port,
  };
  const known = listener.paths.some(each => each.test(asked.path)) ? asked.path : (paths[program] ?? '/healthz');
  const wanted = way === 'httpGet' ? { ...place, scheme: listener.scheme, path: known } : place;
  return manifestEdited(
    host,
    program,
    path,
    doc => {
      const all = doc.getIn(['spec', 'containers']);
      if (!isSeq(all)) return;
      const index = all.items.findIndex(item => isMap(item) && item.get('name') === facts.container);
      for (const [key, value] of Object.entries(wanted))
        doc.setIn(['spec', 'containers', index, probe, way, key], value);
    },
    'the probe asks where the component listens',
  );
}

const isUsable = ({ address, port }: Listener): boolean =>
  (parseAddress(address) !== undefined || address === 'localhost') && parsePort(port) !== undefined;

/** Only where the container declares a single port is there no choice. */
function workload(facts: Facts['workload'], chart: Chart): readonly Resource[] {
  const { kind, namespace, name, container: containerName, probe, wrong } = facts;
  if (!isDnsLabel(namespace) || !isObjectName(name) || !isDnsLabel(containerName)) return [];
  if (!Object.hasOwn(kinds, kind) || !probeNames.includes(probe)) return [];
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`;
  const ours = restore(chart, one => one.kind === 'object' && one.key === path);
  if (ours.length > 0) return ours;
  const set = (way: string, field: object, because: string): readonly Resource[] => [
    object(
      path,
      {
        apiVersion: 'apps/v1',
        kind: kinds[kind],
        metadata: { name, namespace },
        spec: { template: { spec: { containers: [{ name: containerName, [probe]: { [way]: field } }] } } },
      },
      { because, create: false },
    ),
  ];
  if (wrong.is === 'scheme')
    return set('httpGet', { scheme: wrong.answers === 'TLS' ? 'HTTPS' : 'HTTP' }, 'so the container answered');
  // Which path or host was meant only the author knows.
  if (wrong.is === 'path' || wrong.is === 'host') return [];
  const list = chart.api.objects[`${kind}s.apps`];
  const found =
    list && 'value' in list
      ? list.value.find(one => one.metadata.namespace === namespace && one.metadata.name === name)
      : undefined;
  const container = listAt(found, 'spec', 'template', 'spec', 'containers').find(
    one => at(one, 'name') === containerName,
  );
  const [only, ...others] = [
    ...new Set(
      listAt(container, 'ports')
        .filter(one => at(one, 'protocol') !== 'UDP')
        .map(one => Number(at(one, 'containerPort'))),
    ),
  ];
  if (only === undefined || others.length > 0 || portOf(at(container, probe)) === undefined) return [];
  const way = ways.find(each => at(container, probe, each)) ?? 'tcpSocket';
  return set(way, { port: only }, 'it is the only port of the container');
}
