/** Another file with nameservers for pods, and the pods that began with the old one. */
import { idOf, type Resource } from '../../../../model/resource.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { isOurs } from '../../../read/supervision.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { freshUnit } from '../../../therapies/files.js';
import { noObject } from '../../../therapies/object.js';
import { editText } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';

const resolved = '/run/systemd/resolve/resolv.conf';

export interface Handed {
  /** The kubelet's configuration. */
  readonly config: string;
  /** The file that it hands to pods. */
  readonly resolvConf: string;
  /** Whether its configuration names the file. */
  readonly given: boolean;
}

export interface Loop extends Handed {
  readonly nameserver: string;
  /** All that the file names. */
  readonly nameservers: readonly string[];
}

export const nameservers = (text: string | undefined): readonly string[] =>
  [...(text ?? '').matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
export const loopback = (address: string): boolean => /^127\./.test(address) || address === '::1';

const textOf = (host: HostChart, path: string): string | undefined => {
  const file = 'value' in host.files ? host.files.value.find(one => one.path === path)?.text : undefined;
  return file ?? (path === '/etc/resolv.conf' && 'value' in host.network ? host.network.value.resolvConf : undefined);
};

const sound = (host: HostChart, path: string): boolean => {
  const all = nameservers(textOf(host, path));
  return all.length > 0 && !all.some(loopback);
};

export const otherFile = (chart: Chart, host: HostChart, { config, resolvConf: told }: Handed): readonly Resource[] => {
  const wanted = chart.wanted?.find(one => one.host === host.name && one.key === config);
  const planned = /^resolvConf: (\S+)/m.exec(wanted ? contentOf(wanted) : '')?.[1];
  if (isOurs(chart))
    return planned !== undefined && planned !== told && !nameservers(textOf(host, planned)).some(loopback)
      ? restoreAt(chart, host.name, config, 'kubelet.service')
      : [];
  const better = [resolved, '/etc/resolv.conf'].find(path => path !== told && sound(host, path));
  if (better === undefined) return [];
  const edit = editText(
    host,
    config,
    text =>
      /^resolvConf:/m.test(text)
        ? text.replace(/^resolvConf:.*$/m, `resolvConf: ${better}`)
        : `${text.replace(/\n?$/, '\n')}resolvConf: ${better}\n`,
    'pods shall be told of nameservers that answer them',
  );
  return edit
    ? [
        edit,
        freshUnit('kubelet.service', [config], {
          host: host.name,
          because: 'the kubelet reads it when it starts',
          stage: 'nodes',
          after: [idOf(edit)],
        }),
      ]
    : [];
};

const contentOf = (one: Resource): string =>
  ((one.want as { readonly content?: readonly unknown[] }).content ?? [])
    .filter(part => typeof part === 'string')
    .join('');

/** A pod keeps the file with which it began: the DNS pods of that node are made anew by their deployment. */
export const restartedPods = (chart: Chart, host: HostChart, after: readonly Resource[]): readonly Resource[] => {
  const pods = chart.api.objects.pods;
  return (pods && 'value' in pods ? pods.value : [])
    .filter(pod => isDns(pod) && pod.spec?.nodeName === nodeNameOf(host))
    .map(pod =>
      noObject(
        `/api/v1/namespaces/kube-system/pods/${pod.metadata.name}`,
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.metadata.name, namespace: 'kube-system' } },
        { because: 'a pod keeps the nameservers with which it began', after: after.map(idOf) },
      ),
    );
};

export const isDns = (pod: ApiObject): boolean =>
  pod.metadata.namespace === 'kube-system' && pod.metadata.labels?.['k8s-app'] === 'kube-dns';
