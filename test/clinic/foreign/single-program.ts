/** Healthy clusters whose hosts hardly look like others: k3s in one program, RKE1 in Docker, Talos without hosts. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart } from '../../../src/clinic/chart/host-chart.js';
import { componentNames } from '../../../src/model/components.js';
import { fileOf, moved, onHosts, processes, program, withSection } from './rebuilt.js';

const isOfTheProgram = (name: string): boolean => componentNames.some(one => one === name);

/** Servers hold everything in one process, agents as well; containerd is its child, with files of its own. */
export const k3s = (chart: Chart): Chart => {
  const laid = moved(chart, {
    '/etc/kubernetes/pki/etcd': '/var/lib/rancher/k3s/server/tls/etcd',
    '/etc/kubernetes/pki': '/var/lib/rancher/k3s/server/tls',
    '/etc/cni/net.d': '/var/lib/rancher/k3s/agent/etc/cni/net.d',
    '/etc/containerd/config.toml': '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
    '/run/containerd/containerd.sock': '/run/k3s/containerd/containerd.sock',
    '/var/lib/kubelet/config.yaml': '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf',
  });
  return onHosts(laid, (host, number) => {
    const role = number <= 3 ? 'server' : 'agent';
    const unit = role === 'server' ? 'k3s.service' : 'k3s-agent.service';
    const edit = processes(
      one => (isOfTheProgram(one.program) ? undefined : one),
      program(['/usr/local/bin/k3s', role]),
      program([
        'containerd',
        '-c',
        '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
        '-a',
        '/run/k3s/containerd/containerd.sock',
      ]),
    );
    return listenedBy(`k3s-${role}`)(oneUnit(withoutManifests(edit(host, number)), unit, `/usr/local/bin/k3s ${role}`));
  });
};

/** Every component is a container of Docker's, started by hand as it were: no unit but Docker's, no static pod. */
export const rke1 = (chart: Chart): Chart => {
  const ssl = '/etc/kubernetes/ssl';
  const laid = moved(chart, {
    '/etc/kubernetes/pki/ca.': `${ssl}/kube-ca.`,
    '/etc/kubernetes/pki/apiserver.': `${ssl}/kube-apiserver.`,
    '/etc/kubernetes/pki/front-proxy-ca.': `${ssl}/kube-apiserver-requestheader-ca.`,
    '/etc/kubernetes/pki/front-proxy-client.': `${ssl}/kube-apiserver-proxy-client.`,
    '/etc/kubernetes/pki': ssl,
    '/etc/kubernetes/controller-manager.conf': `${ssl}/kubecfg-kube-controller-manager.yaml`,
    '/etc/kubernetes/scheduler.conf': `${ssl}/kubecfg-kube-scheduler.yaml`,
    '/etc/kubernetes/kubelet.conf': `${ssl}/kubecfg-kube-node.yaml`,
  });
  return onHosts(laid, (host, number) => {
    const edit = processes(one =>
      isOfTheProgram(one.program) && one.program !== 'containerd' ? { ...one, contained: true } : one,
    );
    return oneUnit(withoutManifests(edit(host, number)), 'docker.service', '/usr/bin/dockerd -H fd://', [
      'containerd.service',
    ]);
  });
};

/** Its hosts have no shell: all that anybody sees of it is what its API says. */
export const talos = (chart: Chart): Chart => ({ ...chart, hosts: new Map() });

const withoutManifests = (host: HostChart): HostChart =>
  withSection(host, 'files', old =>
    old.filter(
      ({ path }) => !path.startsWith('/etc/kubernetes/manifests/') && !/\/(?:kubelet|kube-proxy)\.service$/.test(path),
    ),
  );

const oneUnit = (host: HostChart, name: string, start: string, kept: readonly string[] = []): HostChart => {
  const path = `/etc/systemd/system/${name}`;
  const laid = withSection(host, 'files', old => [
    ...old,
    fileOf(path, `[Unit]\nAfter=network-online.target\n\n[Service]\nType=notify\nExecStart=${start}\nRestart=always\n`),
  ]);
  return withSection(laid, 'units', old => {
    const [like] = old;
    return like ? [...old.filter(one => kept.includes(one.name)), { ...like, name, path }] : old;
  });
};

const listenedBy =
  (name: string) =>
  (host: HostChart): HostChart =>
    withSection(host, 'listening', old =>
      old.map(one => (isOfTheProgram(one.process ?? '') ? { ...one, process: name } : one)),
    );
