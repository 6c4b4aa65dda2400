import { isMap, isSeq } from 'yaml';
import type { FoundOf, Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { containerOf, type StaticPod, staticPods } from '../../../read/manifests.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { manifestEdited } from '../../../therapies/place.js';
import { quote } from '../../../../shell/sh.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { Facts } from './facts.js';
import { idOf, type Resource } from '../../../../model/resource.js';

/**
 * The proxy stays for what is outside; the cluster's own addresses are left out, in a place that wins over the others.
 */
export const therapy = (
  { host: name, facts: { program, noProxy } }: FoundOf<Facts>,
  chart: Chart,
): Therapy | Refusal => {
  const host = chart.hosts.get(name);
  const process =
    host && 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  if (!host || !process)
    return {
      refused: 'the process was not seen',
      advice: ['set NO_PROXY to the addresses of all hosts, of the API server, and to the service and pod networks'],
    };
  const old = noProxy
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');
  if (!old.every(isEntry))
    return {
      refused: `NO_PROXY of ${program} on ${name} holds what is not a name, address or network`,
      advice: ['correct it where it is set, then look again'],
    };
  const always = ['127.0.0.1', 'localhost', '.svc', '.cluster.local'];
  const value = [...new Set([...old, ...always, ...own(chart).filter(isEntry)])].join(',');
  const title = `Let ${program} on ${name} reach the cluster without the proxy`;
  const pod = staticPods(host).find(one => containerOf(one, program));
  if (process.contained && pod) {
    const want = inManifest(host, program, pod, value);
    return want.length > 0
      ? { title, risk: 'restart', want }
      : { refused: `${pod.path} was not seen as text`, advice: [`set NO_PROXY=${value} in it`] };
  }
  if (process.contained)
    return {
      refused: 'it runs in a container without a manifest on this host',
      advice: [`kubectl -n kube-system set env daemonset/${program} ${quote(`NO_PROXY=${value}`)}`],
    };
  return { title, risk: 'restart', want: inUnit(host, program, value) };
};

/**
 * An entry as httpproxy.Config has it: `*`, a name, a domain with its dot, an address or network, perhaps with a port.
 */
const isEntry = (text: string): boolean => /^[A-Za-z0-9*._:/[\]-]+$/.test(text);

const because = 'the cluster is reached without a proxy';

const inManifest = (host: HostChart, program: string, pod: StaticPod, value: string): readonly Resource[] => {
  const name = containerOf(pod, program)?.name;
  return manifestEdited(
    host,
    program,
    pod.path,
    doc => {
      const all = doc.getIn(['spec', 'containers']);
      const index = isSeq(all) ? all.items.findIndex(item => isMap(item) && item.get('name') === name) : -1;
      if (index < 0) return;
      const path = ['spec', 'containers', index, 'env'];
      const env = (doc.getIn(path) as { toJSON?: () => { name: string }[] } | undefined)?.toJSON?.() ?? [];
      doc.setIn(path, [
        ...env.filter(one => !/^no_proxy$/i.test(one.name)),
        { name: 'NO_PROXY', value },
        { name: 'no_proxy', value },
      ]);
    },
    because,
  );
};

const inUnit = (host: HostChart, program: string, value: string): readonly Resource[] => {
  const place = { host: host.name, because };
  // An EnvironmentFile wins over Environment: the variable is set in a file, and read last.
  const file = textFile('/etc/kubernetes/no-proxy.env', `NO_PROXY=${value}\nno_proxy=${value}\n`, 0o644, place);
  const dropIn = textFile(
    `/etc/systemd/system/${program}.service.d/zz-kubewizard-no-proxy.conf`,
    '[Service]\nEnvironmentFile=/etc/kubernetes/no-proxy.env\n',
    0o644,
    place,
  );
  return [
    file,
    dropIn,
    freshUnit(`${program}.service`, [file.key, dropIn.key], { ...place, after: [idOf(file), idOf(dropIn)] }),
  ];
};

const own = (chart: Chart): readonly string[] =>
  hostsOf(chart)
    .flatMap(host => [
      host.address,
      ...kubeconfigsInUse(host).flatMap(use =>
        'value' in host.kubeconfigs
          ? host.kubeconfigs.value
              .filter(one => one.path === use.path)
              .map(one => /^https:\/\/([^:/[]+)/.exec(one.value?.server ?? '')?.[1] ?? '')
          : [],
      ),
      ...(flagsOf(host, 'kube-apiserver').inForce?.all('service-cluster-ip-range') ?? []),
      ...(flagsOf(host, 'kube-controller-manager').inForce?.all('cluster-cidr') ?? []),
      ...(chart.spec ? [chart.spec.network.pods] : []),
    ])
    .filter(one => one !== '')
    .filter((one, index, all) => all.indexOf(one) === index)
    .sort();
