/**
 * Probes of Deployments, DaemonSets and StatefulSets: names of ports are checked as written, all else together with
 * what the kubelet was answered.
 */
import type { FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import { answered } from './answered.js';
import { type Facts, listOf, type ProbeName, probeNames, type Wrong } from './facts.js';

export const workloads = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const [events, pods] = [objectsSeen(evidence, chart, 'events') ?? [], objectsSeen(evidence, chart, 'pods') ?? []];
  return (Object.keys(listOf) as (keyof typeof listOf)[]).flatMap(kind =>
    (objectsSeen(evidence, chart, listOf[kind]) ?? []).flatMap(one =>
      listAt(one, 'spec', 'template', 'spec', 'containers').flatMap(container =>
        probeNames.flatMap((probe): readonly FoundOf<Facts>[] => {
          const wrong =
            miss(one, container, probe, { events, pods }) ?? answered(one, container, probe, { events, pods });
          const name = String(at(container, 'name'));
          return wrong === undefined
            ? []
            : [
                {
                  variant: 'workload',
                  host: 'cluster',
                  subject: { kind, workload: fullName(one), container: name, probe },
                  facts: {
                    kind,
                    namespace: one.metadata.namespace ?? '',
                    name: one.metadata.name,
                    container: name,
                    probe,
                    wrong,
                    written: { probe: at(container, probe), ports: listAt(container, 'ports') },
                  },
                },
              ];
        }),
      ),
    ),
  );
};

export const wrongText = (wrong: Wrong): string => {
  switch (wrong.is) {
    case 'name':
      return `asks the port named "${wrong.port}", and the container declares ${wrong.declared.join(', ') || 'none'}`;
    case 'refused':
      return (
        `asks port ${wrong.port}, where the connection is refused, and the container declares ` +
        (wrong.declared.join(', ') || 'none')
      );
    case 'scheme':
      return wrong.answers === 'TLS'
        ? 'speaks HTTP, and the container answers in TLS'
        : 'speaks HTTPS, and the container answers in HTTP';
    case 'path':
      return ['404', '405'].includes(wrong.status)
        ? `asks ${wrong.path}, which the container does not have (${wrong.status})`
        : `asks ${wrong.path}, which the container gives to nobody without credentials (${wrong.status})`;
    case 'host':
      return (
        `asks the host ${wrong.host}, which the kubelet dials from its node: nobody answers it there; without a host ` +
        'the pod itself is asked'
      );
  }
};

interface Told {
  readonly events: readonly ApiObject[];
  readonly pods: readonly ApiObject[];
}

function miss(workload: ApiObject, container: Tree, name: ProbeName, { events, pods }: Told): Wrong | undefined {
  const port = portOf(at(container, name));
  if (port === undefined) return undefined;
  const declared = listAt(container, 'ports');
  const told = declared.map(each => `${at(each, 'containerPort')}${at(each, 'name') ? ` (${at(each, 'name')})` : ''}`);
  if (typeof port === 'string' && !/^\d+$/.test(port))
    return declared.some(each => at(each, 'name') === port) ? undefined : { is: 'name', port, declared: told };
  if (declared.length === 0 || declared.some(each => Number(at(each, 'containerPort')) === Number(port)))
    return undefined;
  // Declaring ports is a courtesy: only a refused probe proves that nobody listens.
  const refused = events.find(
    event =>
      String(at(event, 'involvedObject', 'name') ?? '').startsWith(`${workload.metadata.name}-`) &&
      at(event, 'involvedObject', 'namespace') === workload.metadata.namespace &&
      new RegExp(`${name.replace('Probe', '')} probe failed: .*:${Number(port)}\\b.*connection refused`, 'i').test(
        String(event.message ?? ''),
      ) &&
      !hasEnded(pods, event) &&
      !(name === 'readinessProbe' && isReady(pods, event, String(at(container, 'name')))),
  );
  return refused ? { is: 'refused', port, declared: told } : undefined;
}

/** A pod that is gone, or going, was refused while it ended: whoever stops listens no more. */
const hasEnded = (pods: readonly ApiObject[], event: ApiObject): boolean => {
  const pod = podOf(pods, event);
  return (
    pod === undefined ||
    at(pod, 'metadata', 'deletionTimestamp') !== undefined ||
    ['Failed', 'Succeeded'].includes(String(at(pod, 'status', 'phase')))
  );
};

/**
 * A pod that has become ready was only starting when it was refused: its probe finds its target, and so does that of
 * all others of the same template.
 */
const isReady = (pods: readonly ApiObject[], event: ApiObject, container: string): boolean =>
  [podOf(pods, event), ...pods.filter(pod => templateOf(pod) !== undefined && templateOf(pod) === hashIn(pods, event))]
    .flatMap(pod => listAt(pod, 'status', 'containerStatuses'))
    .some(one => at(one, 'name') === container && at(one, 'ready') === true);

const templateOf = (pod: ApiObject | undefined): string | undefined => {
  const labels = pod?.metadata.labels ?? {};
  const hash = labels['pod-template-hash'] ?? labels['controller-revision-hash'];
  return hash === undefined ? undefined : `${pod?.metadata.namespace} ${hash}`;
};

const hashIn = (pods: readonly ApiObject[], event: ApiObject): string | undefined => templateOf(podOf(pods, event));

const podOf = (pods: readonly ApiObject[], event: ApiObject): ApiObject | undefined =>
  pods.find(
    pod =>
      pod.metadata.name === at(event, 'involvedObject', 'name') &&
      pod.metadata.namespace === at(event, 'involvedObject', 'namespace'),
  );

export const portOf = (probe: Tree): number | string | undefined =>
  at(probe, 'httpGet', 'port') ?? at(probe, 'tcpSocket', 'port') ?? at(probe, 'grpc', 'port');
