/** The healthy chart of 1.20 as a cluster of a later version: what versions alone change. */
import { chartFromJson, chartToJson } from '../../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { onHosts, withSection } from './rebuilt.js';

/** `edit` changes the chart's text before it is read again. */
export const modern = (chart: Chart, version: string, etcd: string, edit = (text: string): string => text): Chart => {
  const text = chartToJson(chart)
    .replaceAll('1.20.2', version)
    .replaceAll('3.4.23', etcd)
    .replaceAll('containerd 1.6.20', 'containerd 2.1.5')
    .replaceAll('"1.6.20"', '"2.1.5"')
    .replaceAll('containerd://1.6.20', 'containerd://2.1.5')
    .replaceAll('node-role.kubernetes.io/master', 'node-role.kubernetes.io/control-plane')
    .replaceAll('"SystemdCgroup":false', '"SystemdCgroup":true')
    .replaceAll('SystemdCgroup = false', 'SystemdCgroup = true');
  return onHosts(
    chartFromJson(edit(text)),
    host => ({ ...host, cgroup: { ...host.cgroup, value: 'v2' } }),
    host =>
      withSection(host, 'files', old =>
        old.map(file => (file.text === undefined ? file : { ...file, size: Buffer.byteLength(file.text) })),
      ),
  );
};
