/** Broken signs of programs: stopped in the middle, held down, cut off, not to be started again. */
import { ago, hosts, inHost, type Plant, type Tree } from './planting.js';

const cutOff = (url: string, role: string, answer: string): Plant => [
  `${url} says ${answer}, and listens`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    const one = { protocol: 'tcp', address: '127.0.0.1', port: Number(/:(\d+)\//.exec(url)?.[1]), process: 'planted' };
    const listens = inHost(chart, host, 'listening', all => [...all, one]);
    const again = listens.hosts.get(host.name) ?? host;
    return {
      host: host.name,
      thing: url,
      chart: inHost(listens, again, 'health', value => ({ ...value, [url]: answer })),
    };
  },
];

const ill = (program: string, role: string, how: string, more: Tree): Plant => [
  `${program} ${how}`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    const startedAt = ago(chart, 7200);
    const one = { program, pid: 77, argv: [program], proxies: {}, startedAt, contained: false };
    return {
      host: host.name,
      thing: program,
      chart: inHost(chart, host, 'processes', all => [
        ...all.filter((each: Tree) => each.program !== program),
        { ...(all.find((each: Tree) => each.program === program) ?? one), ...more },
      ]),
    };
  },
];

const halted = (program: string, role: string): Plant =>
  ill(program, role, 'is stopped in the middle', { halted: true });

const halfWritten: Plant = [
  'a certificate of the kubelet that is half written',
  (chart, pick) => {
    const host = pick(hosts(chart, 'worker'));
    const path = '/var/lib/kubelet/pki/kubelet-client-current.pem';
    const one = { path, changedAt: ago(chart, 60), certificates: [], problems: ['line 1: the block is cut off'] };
    const others = (all: readonly Tree[]) => all.filter(each => each.path !== path);
    return {
      host: host.name,
      thing: path,
      chart: inHost(chart, host, 'certificates', all => [...others(all), one]),
    };
  },
];

const inPlaceOf = (program: string, role: string): Plant => [
  `a unit of ${program} in which something else runs`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    const unit = {
      ...{ name: `${program}.service`, load: 'loaded', active: 'active', sub: 'running', result: 'success' },
      ...{ restarts: 0, enabled: 'enabled', startedAt: ago(chart, 60) },
    };
    const without = inHost(chart, host, 'processes', all => all.filter((one: Tree) => one.program !== program));
    const again = without.hosts.get(host.name) ?? host;
    return {
      host: host.name,
      thing: program,
      chart: inHost(without, again, 'units', all => [...all.filter((one: Tree) => one.name !== unit.name), unit]),
    };
  },
];

const fixedNeighbour: Plant = [
  'a fixed neighbour that has another card',
  (chart, pick) => {
    const host = pick(hosts(chart, 'worker'));
    const other = hosts(chart).find(one => one.name !== host.name && 'value' in one.network) ?? host;
    const entry = { address: other.address, link: 'eth0', mac: '02:00:00:00:99:01' };
    return {
      host: host.name,
      thing: other.address,
      chart: inHost(chart, host, 'network', value => ({ links: [], addresses: [], ...value, neighbours: [entry] })),
    };
  },
];

const switchedOff = (program: string, role: string, how: Tree): Plant => [
  `a unit of ${program} that is ${how.load}, where all others run it`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    const unit = {
      name: `${program}.service`,
      active: 'inactive',
      sub: 'dead',
      result: 'success',
      restarts: 0,
      ...how,
    };
    const one = { program, pid: 77, argv: [program], proxies: {}, startedAt: ago(chart, 7200), contained: false };
    const has = (list: readonly Tree[]): boolean => list.some(item => item.program === program);
    const all = hosts(chart).reduce(
      (each, { name }) =>
        inHost(each, each.hosts.get(name) ?? host, 'processes', list =>
          name === host.name
            ? list.filter((item: Tree) => item.program !== program)
            : [...list, ...(has(list) ? [] : [one])],
        ),
      chart,
    );
    const again = all.hosts.get(host.name) ?? host;
    return {
      host: host.name,
      thing: program,
      chart: inHost(all, again, 'units', list => [...list.filter((item: Tree) => item.name !== unit.name), unit]),
    };
  },
];

export const illPrograms: readonly Plant[] = [
  halfWritten,
  fixedNeighbour,
  switchedOff('kubelet', 'worker', { load: 'masked', enabled: 'masked' }),
  switchedOff('etcd', 'etcd', { load: 'loaded', enabled: 'disabled' }),
  inPlaceOf('kube-scheduler', 'controlPlane'),
  halted('kubelet', 'worker'),
  halted('kube-proxy', 'worker'),
  halted('kube-scheduler', 'controlPlane'),
  halted('etcd', 'etcd'),
  ill('kubelet', 'worker', 'cannot be started again', { gone: true }),
  ill('containerd', 'worker', 'may have no more tasks', { limits: { tasks: { most: 8, now: 8 } } }),
  ill('kube-apiserver', 'controlPlane', 'waits for the processor', {
    limits: { cpu: { periods: 1000, throttled: 900 } },
  }),
  ill('kubelet', 'worker', 'has no memory left', { limits: { memory: { most: 26_214_400, now: 26_210_304 } } }),
  cutOff('http://127.0.0.1:10248/healthz', 'worker', 'no-route'),
  cutOff('http://127.0.0.1:2381/health', 'etcd', 'refused'),
];
