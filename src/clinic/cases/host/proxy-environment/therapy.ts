import { isMap, isSeq } from 'yaml';
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { containerOf, staticPods } from '../../../read/manifests.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { manifestEdited } from '../../../therapies/place.js';
import type { Finding } from '../../../examine/verdict.js';
import { idOf } from '../../../../model/resource.js';

/** The proxy stays for what is outside; the cluster's own addresses are left out, in a place that wins over the others. */
export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const process =
    host && 'value' in host.processes ? host.processes.value.find(one => one.program === finding.subject) : undefined;
  const title = `Let ${finding.subject} on ${finding.host} reach the cluster without the proxy`;
  if (!host || !process)
    return {
      refused: 'the process was not seen',
      advice: ['set NO_PROXY to the addresses of all hosts, of the API server, and to the service and pod networks'],
    };
  const old = (process.proxies.NO_PROXY || process.proxies.no_proxy || '').split(',').filter(one => one !== '');
  const value = [...new Set([...old, '127.0.0.1', 'localhost', '.svc', '.cluster.local', ...own(chart)])].join(',');
  const pod = staticPods(host).find(one => containerOf(one, finding.subject));
  if (process.contained && pod) {
    const name = containerOf(pod, finding.subject)?.name;
    const want = manifestEdited(
      host,
      finding.subject,
      pod.path,
      doc => {
        const all = doc.getIn(['spec', 'containers']);
        const index = isSeq(all) ? all.items.findIndex(item => isMap(item) && item.get('name') === name) : -1;
        const env =
          (
            doc.getIn(['spec', 'containers', index, 'env']) as { toJSON?: () => { name: string }[] } | undefined
          )?.toJSON?.() ?? [];
        if (index >= 0)
          doc.setIn(
            ['spec', 'containers', index, 'env'],
            [
              ...env.filter(one => !/^no_proxy$/i.test(one.name)),
              { name: 'NO_PROXY', value },
              { name: 'no_proxy', value },
            ],
          );
      },
      'the cluster is reached without a proxy',
    );
    return want.length > 0
      ? { title, risk: 'restart', want }
      : { refused: `${pod.path} was not seen as text`, advice: [`set NO_PROXY=${value} in it`] };
  }
  if (process.contained)
    return {
      refused: 'it runs in a container without a manifest on this host',
      advice: [`kubectl -n kube-system set env daemonset/${finding.subject} NO_PROXY=${value}`],
    };
  const place = { host: host.name, because: 'the cluster is reached without a proxy' };
  // An EnvironmentFile wins over Environment: the variable is set in a file, and read last.
  const file = textFile('/etc/kubernetes/no-proxy.env', `NO_PROXY=${value}\nno_proxy=${value}\n`, 0o644, place);
  const dropIn = textFile(
    `/etc/systemd/system/${finding.subject}.service.d/zz-kubewizard-no-proxy.conf`,
    '[Service]\nEnvironmentFile=/etc/kubernetes/no-proxy.env\n',
    0o644,
    place,
  );
  return {
    title,
    risk: 'restart',
    want: [
      file,
      dropIn,
      freshUnit(`${finding.subject}.service`, [file.key, dropIn.key], { ...place, after: [idOf(file), idOf(dropIn)] }),
    ],
  };
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
