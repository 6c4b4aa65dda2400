/**
 * Nodes that are not ready, leases that nobody renews, aggregated APIs that do not answer: what the API says itself.
 */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { flagsOf } from '../../read/flags.js';
import { hostsOf, nodesOf } from '../../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../../read/kubelet.js';
import { shown } from '../../read/shown.js';
import { isStarting } from '../../read/starting.js';
import { at, listAt } from '../../read/yaml.js';
import type { Sign } from './sign.js';

/** Objects of a list, each with what it is shown by; a list that was not seen has none. */
export const listed = (chart: Chart, list: string): readonly ApiObject[] => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : [];
};

export const showing = (chart: Chart, list: string, name: string, text: string) => {
  const found = chart.api.objects[list];
  return found ? [shown(found, `${list} ${name}`, text)] : [];
};

export const textAt = (one: unknown, ...path: readonly (string | number)[]): string => {
  const found = at(one as ApiObject, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
};

const hostNames = new WeakMap<Chart, ReadonlyMap<string, string>>();

/** The host of a node, by the name that its kubelet registers; a node that nobody was asked for stands for itself. */
export const hostOfNode = (chart: Chart, node: string): string => {
  const names = hostNames.get(chart) ?? new Map(hostsOf(chart).map(host => [nodeNameOf(host), host.name]));
  hostNames.set(chart, names);
  return names.get(node) ?? (node === '' ? 'cluster' : node);
};

const isStopped = (chart: Chart, node: string): boolean =>
  chart.stopped?.includes(node) === true || chart.stopped?.includes(hostOfNode(chart, node)) === true;

/** By the state that means trouble. */
const troubles: Readonly<Record<string, (status: string) => boolean>> = {
  Ready: status => status !== 'True',
  MemoryPressure: status => status !== 'False',
  DiskPressure: status => status !== 'False',
  PIDPressure: status => status !== 'False',
  NetworkUnavailable: status => status !== 'False',
};

export const nodeSigns = (chart: Chart): readonly Sign[] =>
  listed(chart, 'nodes').flatMap(node => {
    const { name } = node.metadata;
    if (node.metadata.deletionTimestamp !== undefined || isStopped(chart, name)) return [];
    return listAt(node, 'status', 'conditions').flatMap(condition => {
      const [type, status] = [textAt(condition, 'type'), textAt(condition, 'status')];
      if (!Object.hasOwn(troubles, type) || status === '' || !troubles[type]?.(status)) return [];
      const why = [textAt(condition, 'reason'), textAt(condition, 'message')].filter(Boolean).join(': ').slice(0, 300);
      return [
        {
          kind: 'node' as const,
          host: hostOfNode(chart, name),
          subject: { node: name, condition: type },
          says: `node ${name}: ${type} is ${status}${why && ` (${why})`}`,
          shows: showing(chart, 'nodes', name, `${type}=${status}${why && ` ${why}`}`),
          next: `kubectl describe node ${name}, then on that host: journalctl -u kubelet --since -15min`,
        },
      ];
    });
  });

const youngMs = 60_000;

/** A kubelet that runs makes its node by itself; one that somebody deleted since it does not make again. */
export const unregisteredSigns = (chart: Chart): readonly Sign[] => {
  const nodes = listed(chart, 'nodes');
  if (nodes.length === 0) return [];
  return nodesOf(chart).flatMap(host => {
    const { value } = kubeletOf(host);
    const runs = 'value' in host.processes && host.processes.value.find(one => one.program === 'kubelet');
    const known = nodes.some(
      node =>
        node.metadata.name === nodeNameOf(host) ||
        listAt(node, 'status', 'addresses').some(one => textAt(one, 'address') === host.address),
    );
    const alone =
      String(value('registerNode', 'register-node') ?? 'true') === 'false' ||
      !flagsOf(host, 'kubelet').inForce?.get('kubeconfig');
    if (!runs || known || alone || Date.parse(chart.now) - Date.parse(runs.startedAt) < youngMs) return [];
    return [
      {
        kind: 'node' as const,
        host: host.name,
        subject: { node: nodeNameOf(host), condition: 'registered' },
        says: `the kubelet of ${host.name} runs since ${runs.startedAt}, and the API knows no node ${nodeNameOf(host)}`,
        shows: showing(chart, 'nodes', nodeNameOf(host), `only ${nodes.map(one => one.metadata.name).join(', ')}`),
        next: `on ${host.name}: journalctl -u kubelet -n 50; systemctl restart kubelet makes the node again`,
      },
    ];
  });
};

const core = new Set(['kube-controller-manager', 'kube-scheduler']);

/** Seconds that a host's clock is ahead of the control machine's. */
const aheadOf = (chart: Chart, host: string): number => {
  const clock = chart.hosts.get(host)?.clock;
  return clock && 'value' in clock ? clock.value.ahead : 0;
};

const hangs = 300;

const justStarted = (chart: Chart, program: string): boolean => {
  const starts = hostsOf(chart, 'controlPlane').flatMap(host =>
    ('value' in host.processes ? host.processes.value : []).flatMap(one =>
      one.program === program ? [Date.parse(one.startedAt)] : [],
    ),
  );
  return starts.length > 0 && starts.every(start => Date.parse(chart.now) - start < 120_000);
};

/** Only those that somebody must be renewing: of nodes that exist, and of the two that elect a leader. */
export const leaseSigns = (chart: Chart): readonly Sign[] => {
  const nodes = new Set(listed(chart, 'nodes').map(node => node.metadata.name));
  const alone = new Set(
    hostsOf(chart).flatMap(host =>
      [...core].filter(program => flagsOf(host, program).running?.get('leader-elect') === 'false'),
    ),
  );
  return listed(chart, 'leases.coordination.k8s.io').flatMap(lease => {
    const { name, namespace } = lease.metadata;
    const ofNode = namespace === 'kube-node-lease' && nodes.has(name) && !isStopped(chart, name);
    const ofCore = namespace === 'kube-system' && core.has(name) && !alone.has(name);
    if (!ofNode && !ofCore) return [];
    const holder = textAt(lease, 'spec', 'holderIdentity');
    const keeper = hostOfNode(chart, ofNode ? name : holder.replace(/_[^_]*$/, ''));
    const host = ofNode || chart.hosts.has(keeper) ? keeper : 'cluster';
    const renewed = Date.parse(textAt(lease, 'spec', 'renewTime'));
    const silent = (Date.parse(chart.now) - renewed) / 1000 + aheadOf(chart, host);
    const duration = Math.max(15, Number(textAt(lease, 'spec', 'leaseDurationSeconds')) || 15);
    // Of the two that elect a leader, one that is only slow or has just been started is given the time that it takes.
    if (!(silent > (ofNode ? duration * 4 : hangs)) || (ofCore && justStarted(chart, name))) return [];
    return [
      {
        kind: 'lease' as const,
        host,
        subject: { lease: fullName(lease) },
        says: `lease ${fullName(lease)} of ${holder || 'nobody'} was not renewed for ${Math.round(silent)} s`,
        shows: showing(
          chart,
          'leases.coordination.k8s.io',
          fullName(lease),
          `renewTime ${new Date(renewed).toISOString()}`,
        ),
        next: ofNode
          ? `see whether the kubelet of ${name} runs and reaches the API: journalctl -u kubelet --since -15min`
          : `see on each control plane whether ${name} runs and what it logs about the lease`,
      },
    ];
  });
};

export const apiServiceSigns = (chart: Chart): readonly Sign[] =>
  listed(chart, 'apiservices.apiregistration.k8s.io').flatMap(one => {
    const bad = listAt(one, 'status', 'conditions').find(
      condition => textAt(condition, 'type') === 'Available' && textAt(condition, 'status') === 'False',
    );
    if (!bad || !at(one, 'spec', 'service') || isStarting(chart, one)) return [];
    const { name } = one.metadata;
    const why = [textAt(bad, 'reason'), textAt(bad, 'message')].filter(Boolean).join(': ').slice(0, 300);
    return [
      {
        kind: 'api-service' as const,
        host: 'cluster',
        subject: { 'api-service': name },
        says: `the aggregated API ${name} is not available${why && ` (${why})`}`,
        shows: showing(chart, 'apiservices.apiregistration.k8s.io', name, `Available=False ${why}`),
        next: `kubectl get apiservice ${name} -o yaml names its Service: see whether its pods are ready and reachable`,
      },
    ];
  });
