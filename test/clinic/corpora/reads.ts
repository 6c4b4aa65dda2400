/** What every reader must make of a builder's files, held against what it makes of them. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart } from '../../../src/clinic/chart/host-chart.js';
import { haproxyConfig } from '../../../src/clinic/read/balancer/contained.js';
import { backendsIn } from '../../../src/clinic/read/balancer/haproxy.js';
import { instancesIn } from '../../../src/clinic/read/balancer/keepalived.js';
import { cniConfigs } from '../../../src/clinic/read/cni.js';
import { flagsOf } from '../../../src/clinic/read/flags.js';
import { kubeletOf } from '../../../src/clinic/read/kubelet.js';
import { staticPods } from '../../../src/clinic/read/manifests.js';
import { containerdIn, runtimeKind } from '../../../src/clinic/read/runtime.js';
import type { Builder, Reads } from './builder.js';

/** One line for each thing that is read otherwise; nothing: all is read as it was meant. */
export const checkReads = (builder: Builder, chart: Chart): readonly string[] =>
  [...chart.hosts.values()].flatMap((host, index) => {
    const reads = index < 3 ? builder.control.reads : builder.worker.reads;
    const filled = JSON.parse(
      JSON.stringify(reads ?? {})
        .replaceAll(/\bADDRESS\b/g, host.address)
        .replaceAll(/\bNAME\b/g, host.name),
    ) as Reads;
    return [...readsOf(host, filled)].flatMap(([what, expected, found]) =>
      JSON.stringify(expected) === JSON.stringify(found)
        ? []
        : [`${host.name}: ${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`],
    );
  });

type Row = readonly [what: string, expected: unknown, found: unknown];

const readsOf = (host: HostChart, reads: Reads): readonly Row[] => [
  ...flagRows(host, reads),
  ...Object.entries(reads.kubelet ?? {}).map(([field, expected]): Row => {
    const kubelet = kubeletOf(host);
    return [`kubelet's ${field}`, expected, field === 'path' ? kubelet.path : kubelet.value(field)];
  }),
  ...(reads.runtime === undefined ? [] : [['runtime', reads.runtime, runtimeKind(host)] as const]),
  ...(reads.sandbox === undefined ? [] : [['sandbox image', reads.sandbox, sandboxOf(host)] as const]),
  ...(reads.pods === undefined ? [] : [['static pods', reads.pods, staticPods(host).map(one => one.name)] as const]),
  ...(reads.cni === undefined ? [] : [['CNI', reads.cni, cniConfigs(host)[0]?.types] as const]),
  ...(reads.servers === undefined ? [] : [['servers of haproxy', reads.servers, serversOf(host)] as const]),
  ...(reads.virtual === undefined ? [] : [['addresses of keepalived', reads.virtual, virtualOf(host)] as const]),
  ...Object.entries(reads.kubeconfigs ?? {}).map(([path, expected]): Row => {
    const all = 'value' in host.kubeconfigs ? host.kubeconfigs.value : [];
    const found = all.find(one => one.path === path)?.value;
    return [path, expected, found && `${found.server} ${found.user}`];
  }),
];

const flagRows = (host: HostChart, { flags = {} }: Reads): readonly Row[] =>
  Object.entries(flags).flatMap(([program, expected]) => {
    const { inForce, disk, source } = flagsOf(host, program);
    return Object.entries(expected).flatMap(([flag, value]): readonly Row[] =>
      flag === 'source'
        ? [[`what starts ${program}`, value, source]]
        : [
            [`--${flag} of ${program}`, value, inForce?.get(flag)],
            // What would start it says the same, where it says it.
            [`--${flag} of ${program} on the disk`, value, disk?.get(flag) ?? value],
          ],
    );
  });

const sandboxOf = (host: HostChart): string | undefined =>
  'value' in host.containerd ? containerdIn(host.containerd.value).sandboxImage : undefined;

const textAt = (host: HostChart, path: string): string =>
  ('value' in host.files ? host.files.value.find(one => one.path === path)?.text : undefined) ?? '';

const serversOf = (host: HostChart): readonly string[] => {
  const running = 'value' in host.processes ? host.processes.value.find(one => one.program === 'haproxy') : undefined;
  const text = running ? textAt(host, haproxyConfig(host, running)) : '';
  return backendsIn(text).flatMap(one => one.servers.map(({ host: name, port }) => `${name}:${port}`));
};

const virtualOf = (host: HostChart): readonly string[] =>
  instancesIn(textAt(host, '/etc/keepalived/keepalived.conf'), host.name).instances.flatMap(one => one.addresses);
