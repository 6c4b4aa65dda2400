/** What the kubelet was answered by a workload's container tells scheme, path and host of a probe apart. */
import type { ApiObject } from '../../../chart/chart.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import type { ProbeName, Wrong } from './facts.js';

interface Seen {
  readonly events: readonly ApiObject[];
  readonly pods: readonly ApiObject[];
}

/**
 * A container that starts answers anything for a while; several times, of one that is still not ready, is not a start.
 */
const often = 3;

export const answered = (
  workload: ApiObject,
  container: Tree,
  name: ProbeName,
  { events, pods }: Seen,
): Wrong | undefined => {
  const probe: Tree = at(container, name);
  if (!probe) return undefined;
  const messages = events
    .filter(
      event =>
        isOf(event, workload, container, name) && Number(event.count ?? 1) >= often && isUnwell(event, container, pods),
    )
    .map(event => String(event.message ?? ''));
  for (const message of messages) {
    const wrong = scheme(probe, message) ?? path(probe, message) ?? host(probe, message);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const isOf = (event: ApiObject, workload: ApiObject, container: Tree, name: string): boolean => {
  const object: Tree = at(event, 'involvedObject');
  const field = String(at(object, 'fieldPath') ?? '');
  return (
    at(object, 'namespace') === workload.metadata.namespace &&
    String(at(object, 'name') ?? '').startsWith(`${workload.metadata.name}-`) &&
    (field === ''
      ? listAt(workload, 'spec', 'template', 'spec', 'containers').length === 1
      : field === `spec.containers{${at(container, 'name')}}`) &&
    String(event.message ?? '')
      .toLowerCase()
      .startsWith(`${name.replace('Probe', '').toLowerCase()} probe failed`)
  );
};

const isUnwell = (event: ApiObject, container: Tree, pods: readonly ApiObject[]): boolean => {
  const pod = pods.find(
    one =>
      one.metadata.name === at(event, 'involvedObject', 'name') &&
      one.metadata.namespace === at(event, 'involvedObject', 'namespace'),
  );
  const status = listAt(pod, 'status', 'containerStatuses').find(one => at(one, 'name') === at(container, 'name'));
  return status !== undefined && (at(status, 'ready') === false || Number(at(status, 'restartCount') ?? 0) >= often);
};

const scheme = (probe: Tree, message: string): Wrong | undefined =>
  /server gave HTTP response to HTTPS client/.test(message)
    ? { is: 'scheme', answers: 'HTTP' }
    : /malformed HTTP (response|status code|version) "?\\x1[56]/.test(message) &&
        String(at(probe, 'httpGet', 'scheme') ?? 'HTTP').toUpperCase() === 'HTTP'
      ? { is: 'scheme', answers: 'TLS' }
      : undefined;

const path = (probe: Tree, message: string): Wrong | undefined => {
  const status = /HTTP probe failed with statuscode: (401|403|404|405)/.exec(message)?.[1];
  return status === undefined ? undefined : { is: 'path', path: String(at(probe, 'httpGet', 'path') ?? '/'), status };
};

/** Without `host` the pod itself is asked; with one, the kubelet dials it from the node. */
const host = (probe: Tree, message: string): Wrong | undefined => {
  const named: unknown = at(probe, 'httpGet', 'host') ?? at(probe, 'tcpSocket', 'host');
  return typeof named === 'string' &&
    named !== '' &&
    /connection refused|no such host|i\/o timeout|no route to host/.test(message) &&
    message.includes(named)
    ? { is: 'host', host: named }
    : undefined;
};
