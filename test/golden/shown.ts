/** A blueprint as a reviewer reads it: by component, files as text, each thing once, digests left out. */
import { stringify } from 'yaml';
import { componentNames } from '../../src/model/components.js';
import { mask } from '../../src/model/content.js';
import { clusterHost, type Resource } from '../../src/model/resource.js';
import type { Wants } from '../../src/resources/wants.js';

/** By the first word of these that a key holds; what has none is the host's own. */
const components = [...componentNames, 'haproxy', 'keepalived', 'metrics-server', 'dns', 'network'] as const;

const belongs: Readonly<Record<string, readonly string[]>> = {
  etcd: ['/etcd', 'etcd.service', 'etcd-', '/var/lib/etcd'],
  'kube-apiserver': [
    'kube-apiserver',
    'pki/apiserver',
    'pki/front-proxy',
    'pki/sa.',
    'encryption.yaml',
    'audit-policy',
    'admission.yaml',
    'authentication.yaml',
    'apiserver-watchdog',
    '/readyz',
  ],
  'kube-controller-manager': ['controller-manager'],
  'kube-scheduler': ['scheduler'],
  kubelet: ['kubelet', 'bootstrap', 'cluster-info', '/api/v1/nodes/'],
  'kube-proxy': ['kube-proxy'],
  containerd: ['containerd', 'runc', 'crictl', 'bin/ctr'],
  haproxy: ['haproxy'],
  keepalived: ['keepalived'],
  'metrics-server': ['metrics-server', 'metrics.k8s.io', 'aggregated-metrics'],
  dns: ['coredns', 'kube-dns', 'kubewizard-dns'],
  network: ['network', 'cni', 'net.ipv4', 'net.bridge'],
};

export const componentOf = ({ key }: Pick<Resource, 'key'>): string =>
  components.find(name => belongs[name]?.some(word => key.includes(word))) ?? 'host';

/** One resource: `file /etc/crictl.yaml 644`, then what it holds, indented. */
export const shownOne = ({ kind, key, want, because }: Resource): string => {
  const { title, text } = kind === 'file' ? ofFile(want as Wants['file']) : { title: '', text: ofWant(want) };
  return `${kind} ${key}${title}  (${because})\n${indented(text)}`;
};

const ofFile = ({ content, mode, absent }: Wants['file']) => ({
  title: absent ? ' absent' : ` ${mode.toString(8)}`,
  text: mask(content),
});

/** Digests, sizes and PEM texts say nothing to a reader. */
const ofWant = (want: unknown): string => {
  const shown = stringify(
    want,
    (key, value) => (['sha256', 'size', 'caPem', 'chainPem'].includes(key) ? undefined : value),
    {
      lineWidth: 0,
      aliasDuplicateObjects: false,
    },
  );
  return shown.trim() === '{}' ? '' : shown;
};

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map(line => (line === '' ? '' : `  ${line}`))
    .join('\n');

/** What stands on every host alike is shown for the first one; of another host only what differs from it. */
export const shownOnce = (resources: readonly Resource[], hosts: readonly string[]): readonly string[] => {
  const seen = new Map<string, string>();
  return resources.flatMap(resource => {
    const text = shownOne(resource);
    if (resource.host === clusterHost) return [`in the API: ${text}`];
    const alike = hosts
      .reduce((one, host) => one.replaceAll(host, '<host>'), text)
      .replaceAll(/192\.0\.2\.\d+/g, '<address>');
    const id = `${resource.kind} ${resource.key}`;
    if (seen.get(id) === alike) return [];
    if (!seen.has(id)) seen.set(id, alike);
    return [`on ${resource.host}: ${text}`];
  });
};
