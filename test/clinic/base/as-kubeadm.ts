/** The same healthy cluster as kubeadm builds it: the control plane in static pods, no cluster file, no blueprint. */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../src/clinic/chart/host-chart.js';

const contained = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

export const asKubeadm = ({ spec: _, wanted: __, ...chart }: Chart): Chart => ({
  ...chart,
  hosts: new Map([...chart.hosts].map(([name, host]) => [name, rebuilt(host)])),
});

const value = <T>(evidence: { readonly value: T } | { readonly missing: string }): T => {
  if (!('value' in evidence)) throw new Error('the base chart lacks a section');
  return evidence.value;
};

const rebuilt = (host: HostChart): HostChart => {
  const pods = value(host.processes).filter(one => contained.includes(one.program));
  const gone = new Set([...pods.map(one => `/etc/systemd/system/${one.program}.service`)]);
  const changedAt = '2026-05-02T07:59:00.000Z';
  return {
    ...host,
    processes: {
      ...host.processes,
      value: value(host.processes)
        .filter(one => one.program !== 'haproxy' && one.program !== 'keepalived')
        .map(one =>
          contained.includes(one.program)
            ? { ...one, argv: [one.program, ...one.argv.slice(1)], contained: true }
            : one,
        ),
    },
    // The overlay's own rules are of clusters that Kubewizard built.
    firewall: {
      ...host.firewall,
      value: { ...value(host.firewall), nft: value(host.firewall).nft.replace(/^.*--comment kubewizard .*\n/gm, '') },
    },
    units: {
      ...host.units,
      value: value(host.units).filter(
        unit => !contained.includes(unit.name.replace('.service', '')) && !unit.name.startsWith('kw-'),
      ),
    },
    files: {
      ...host.files,
      value: [
        ...value(host.files).filter(file => !gone.has(file.path)),
        ...pods.map(pod => {
          const text = manifest(pod, host);
          return {
            path: `/etc/kubernetes/manifests/${pod.program}.yaml`,
            mode: '600',
            owner: 'root',
            size: text.length,
            changedAt,
            sha256: createHash('sha256').update(text).digest('hex'),
            text,
          };
        }),
      ],
    },
  };
};

const healthPorts: Readonly<Record<string, readonly [number, string, string]>> = {
  etcd: [2381, 'HTTP', '/health'],
  'kube-apiserver': [6443, 'HTTPS', '/livez'],
  'kube-controller-manager': [10257, 'HTTPS', '/healthz'],
  'kube-scheduler': [10259, 'HTTPS', '/healthz'],
};

const folders: Readonly<Record<string, readonly string[]>> = {
  etcd: ['/etc/kubernetes/pki/etcd', '/var/lib/etcd'],
  'kube-apiserver': ['/etc/kubernetes', '/etc/ssl/certs', '/var/log/kubernetes'],
  'kube-controller-manager': ['/etc/kubernetes/pki', '/etc/kubernetes/controller-manager.conf', '/etc/ssl/certs'],
  'kube-scheduler': ['/etc/kubernetes/scheduler.conf'],
};

const manifest = (pod: ProcessSeen, host: HostChart): string => {
  const [port, scheme, path] = healthPorts[pod.program] ?? [0, 'HTTP', '/'];
  const probe = {
    failureThreshold: 8,
    httpGet: { host: pod.program === 'kube-apiserver' ? host.address : '127.0.0.1', path, port, scheme },
    initialDelaySeconds: 10,
    periodSeconds: 10,
    timeoutSeconds: 15,
  };
  const mounts = folders[pod.program] ?? [];
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: pod.program,
        namespace: 'kube-system',
        labels: { component: pod.program, tier: 'control-plane' },
      },
      spec: {
        containers: [
          {
            name: pod.program,
            image: `k8s.gcr.io/${pod.program}:${pod.program === 'etcd' ? '3.4.23-0' : 'v1.20.2'}`,
            command: pod.argv,
            livenessProbe: probe,
            volumeMounts: mounts.map((mountPath, index) => ({ name: `v${index}`, mountPath })),
          },
        ],
        hostNetwork: true,
        priorityClassName: 'system-node-critical',
        volumes: mounts.map((folder, index) => ({
          name: `v${index}`,
          hostPath: { path: folder, type: folder.endsWith('.conf') ? 'FileOrCreate' : 'DirectoryOrCreate' },
        })),
      },
    },
    { lineWidth: 0 },
  );
};
