/** Probes of Deployments, DaemonSets and StatefulSets: names of ports are checked as written, all else together with what the kubelet was answered. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';
import { answered } from './answered.js';

export const workloads = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const [events, pods] = [objectsSeen(eyes, chart, 'events') ?? [], objectsSeen(eyes, chart, 'pods') ?? []];
  return (['deployments.apps', 'daemonsets.apps', 'statefulsets.apps'] as const).flatMap(list =>
    (objectsSeen(eyes, chart, list) ?? []).flatMap(one =>
      listAt(one, 'spec', 'template', 'spec', 'containers').flatMap(container =>
        ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name): readonly Finding[] => {
          const wrong = miss(one, container, name, events) ?? answered(one, container, name, { events, pods });
          return wrong === undefined
            ? []
            : [
                {
                  variant: 'workload',
                  host: 'cluster',
                  subject: `${list.split('.')[0]?.slice(0, -1)} ${fullName(one)} ${at(container, 'name')} ${name}`,
                  says: `the ${name} of container ${at(container, 'name')} in ${fullName(one)} ${wrong}`,
                  shows: [
                    shownObject(
                      chart,
                      list,
                      fullName(one),
                      `${JSON.stringify(at(container, name))}; ports: ${JSON.stringify(listAt(container, 'ports'))}`,
                    ),
                  ],
                },
              ];
        }),
      ),
    ),
  );
};

function miss(workload: ApiObject, container: Tree, name: string, events: readonly ApiObject[]): string | undefined {
  const port = portOf(at(container, name));
  if (port === undefined) return undefined;
  const declared = listAt(container, 'ports');
  const told =
    declared
      .map(each => `${at(each, 'containerPort')}${at(each, 'name') ? ` (${at(each, 'name')})` : ''}`)
      .join(', ') || 'none';
  if (typeof port === 'string' && !/^\d+$/.test(port))
    return declared.some(each => at(each, 'name') === port)
      ? undefined
      : `asks the port named "${port}", and the container declares ${told}`;
  if (declared.length === 0 || declared.some(each => Number(at(each, 'containerPort')) === Number(port)))
    return undefined;
  // Declaring ports is a courtesy: only a refused probe proves that nobody listens.
  const refused = events.find(
    event =>
      String(at(event, 'involvedObject', 'name') ?? '').startsWith(`${workload.metadata.name}-`) &&
      at(event, 'involvedObject', 'namespace') === workload.metadata.namespace &&
      new RegExp(`${name.replace('Probe', '')} probe failed: .*:${Number(port)}\\b.*connection refused`, 'i').test(
        String(event.message ?? ''),
      ),
  );
  return refused ? `asks port ${port}, where the connection is refused, and the container declares ${told}` : undefined;
}

export const portOf = (probe: Tree): number | string | undefined =>
  at(probe, 'httpGet', 'port') ?? at(probe, 'tcpSocket', 'port') ?? at(probe, 'grpc', 'port');
