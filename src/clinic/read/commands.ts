/**
 * Commands as a person types them on this very host: with its paths, its runtime, and all that the tool wants to be
 * told.
 */
import { etcdClientPort } from '../../model/components.js';
import { quote } from '../../shell/sh.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { hostsOf } from './hosts.js';
import { flagsOf } from './flags.js';
import { isContained } from './supervision.js';
import type { Certificate } from '../../pki/certificate.js';

/** `cluster` stands for any etcd host: all have the same layout. */
const etcdHost = (chart: Chart, name: string): HostChart | undefined =>
  chart.hosts.get(name) ?? hostsOf(chart, 'etcd')[0] ?? hostsOf(chart, 'controlPlane')[0];

/** etcdctl without certificates is refused, and before 3.4 it speaks the API of etcd 2 unless it is told. */
export const etcdctl = (chart: Chart, name: string, words: string): string => {
  const host = etcdHost(chart, name);
  const flags = host && flagsOf(host, 'etcd').inForce;
  const [ca, cert, key] = [
    ['trusted-ca-file', 'ca.crt'],
    ['cert-file', 'server.crt'],
    ['key-file', 'server.key'],
  ].map(([flag = '', file]) => quote(flags?.get(flag) ?? `/etc/kubernetes/pki/etcd/${file}`));
  const to = `--endpoints=https://127.0.0.1:${etcdClientPort} --cacert=${ca} --cert=${cert} --key=${key}`;
  return `ETCDCTL_API=3 etcdctl ${to} ${words}`;
};

/** The last words of a component: systemd's journal, or the container's log by the runtime that this host has. */
export const logsOf = (chart: Chart, name: string, program: string, lines = 20): string => {
  const host = chart.hosts.get(name) ?? etcdHost(chart, name);
  if (host === undefined || !isContained(host, program))
    return `systemctl status ${program} --no-pager; journalctl -u ${program} -n ${lines} --no-pager`;
  return byDocker(host)
    ? `docker logs --tail ${lines} "$(docker ps -aq -n 1 -f name=k8s_${program}_)"`
    : `crictl logs --tail ${lines} "$(crictl ps -aq --latest --name '^${program}$')"`;
};

/** dockershim, or cri-dockerd: containers are Docker's then. */
const byDocker = (host: HostChart): boolean => {
  const flags = flagsOf(host, 'kubelet').inForce;
  const endpoint = flags?.get('container-runtime-endpoint') ?? '';
  return (
    /docker/.test(endpoint) ||
    flags?.get('container-runtime') === 'docker' ||
    ('value' in host.processes && host.processes.value.some(one => /cri-dockerd/.test(one.argv[0] ?? '')))
  );
};

/** A kubeconfig holds its certificate as base64 within: openssl alone cannot read it. */
export const openssl = (path: string, words: string): string =>
  path.endsWith('.conf')
    ? `awk '/client-certificate-data:/ { print $2 }' ${quote(path)} | base64 -d | openssl x509 -noout ${words}`
    : `openssl x509 -noout ${words} -in ${quote(path)}`;

/** What `openssl x509 -enddate -subject` says of it. */
export const endText = (one: Certificate): string =>
  `notAfter=${opensslDate(one.notAfter)}\nsubject=${one.subject
    .split(', ')
    .map(part => part.replace('=', ' = '))
    .join(', ')}`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const opensslDate = (iso: string): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? iso
    : `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)} ` +
        `${at.getUTCFullYear()} GMT`;
};

/** The first certificate of a file or kubeconfig, as it was seen. */
export const leafAt = (chart: Chart, name: string, path: string): Certificate | undefined => {
  const host = chart.hosts.get(name);
  if (!host) return undefined;
  const file =
    'value' in host.certificates ? host.certificates.value.find(one => one.path === path)?.certificates[0] : undefined;
  return (
    file ?? ('value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === path)?.client[0] : undefined)
  );
};
