/** Each way in which a cluster can look highly available and not be so. */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { hostOfUrl } from '../../../read/api-names.js';
import type { Eyes } from '../../../read/eyes.js';
import { flagsOf, securePort } from '../../../read/flags.js';
import { controls, hostsOf } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import type { Finding } from '../../../examine/verdict.js';
import { type Balancer, balancerOf } from './balancer.js';

const control = (chart: Chart): readonly HostChart[] => hostsOf(chart).filter(controls);
const names = (hosts: readonly HostChart[]): string => hosts.map(host => host.name).join(', ');

export const balancers = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const masters = control(chart);
  for (const host of masters) {
    eyes.see(host.processes);
    eyes.see(host.files);
  }
  const at = new Map(masters.map(host => [`${host.address}:${securePort(host)}`, host]));
  return hostsOf(chart).flatMap((host): readonly Finding[] => {
    const balancer = balancerOf(host, [...at.keys()], eyes);
    if (!balancer) return [];
    const missing = [...at].filter(([address]) => !balancer.servers.includes(address));
    return [
      ...unasked(host, balancer, at, eyes),
      ...missing.map(
        ([address, master]): Finding => ({
          variant: 'backend-missing',
          host: host.name,
          subject: `${balancer.path} ${master.name}`,
          says: `the load balancer on ${host.name} serves ${balancer.servers.join(', ')}, but not the API server of ${master.name} at ${address}`,
          shows: [shown(host.files, balancer.path, balancer.servers.map(one => `server ${one}`).join('\n'))],
        }),
      ),
    ];
  });
};

const unasked = (
  host: HostChart,
  balancer: Balancer,
  at: ReadonlyMap<string, HostChart>,
  eyes: Eyes,
): readonly Finding[] => {
  if (balancer.asks && balancer.checks) return [];
  const how = balancer.checks ? 'only by opening a TCP connection' : 'not at all';
  const shows = shown(
    host.files,
    balancer.path,
    balancer.checks ? 'server … check, without option httpchk' : 'server …, without check',
  );
  const ill = balancer.servers.flatMap(address => {
    const master = at.get(address);
    const answers = master && eyes.see(master.health);
    const answer = Object.entries(answers ?? {}).find(([url]) => url.startsWith(`https://${address}/readyz`))?.[1];
    return master && answer !== undefined && /^[45]\d\d/.test(answer) ? [{ master, answer }] : [];
  });
  if (ill.length === 0)
    return [
      {
        variant: 'tcp-check-only',
        host: host.name,
        subject: balancer.path,
        shows: [shows],
        says: `the load balancer on ${host.name} asks for the health of API servers ${how}; a server that listens and is not ready would be served on`,
      },
    ];
  return ill.map(({ master, answer }) => ({
    variant: 'ill-backend-served',
    host: host.name,
    subject: `${balancer.path} ${master.name}`,
    says: `the API server of ${master.name} says that it is not ready, but the load balancer on ${host.name} asks for its health ${how} and still sends clients there`,
    shows: [shown(master.health, `/readyz of ${master.name}`, answer.slice(0, 300)), shows],
  }));
};

const replicated = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** By what is set up, not by what happens to run: a component that is down is another case's business. */
export const replicas = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const masters = control(chart);
  const seen = masters.filter(host => eyes.see(host.processes) !== undefined && eyes.see(host.files) !== undefined);
  if (masters.length < 2 || seen.length < masters.length) return [];
  return replicated.flatMap((program): readonly Finding[] => {
    const [only, ...more] = masters.filter(host => {
      const { inForce, source } = flagsOf(host, program);
      return inForce !== undefined || source !== undefined;
    });
    if (!only || more.length > 0) return [];
    return masters
      .filter(host => host !== only)
      .map(host => ({
        variant: 'one-replica',
        host: host.name,
        subject: program,
        says: `${program} is set up on ${only.name} alone, and not on ${host.name}, though ${names(masters)} are control planes: with ${only.name} it is gone`,
        shows: [
          shown(host.files, program, 'neither a unit nor a static pod starts it'),
          shown(only.files, flagsOf(only, program).source ?? program, 'starts it'),
        ],
      }));
  });
};

const components =
  /^(etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|containerd|docker|crio|haproxy|keepalived|kw-haproxy|kw-keepalived)\.service$/;

export const supervision = (chart: Chart, eyes: Eyes): readonly Finding[] =>
  hostsOf(chart).flatMap(host =>
    (eyes.see(host.units) ?? [])
      .filter(
        unit =>
          components.test(unit.name) && unit.load === 'loaded' && unit.active !== 'inactive' && unit.restart === 'no',
      )
      .map(unit => ({
        variant: 'nobody-restarts',
        host: host.name,
        subject: unit.name,
        says: `${unit.name} on ${host.name} is ${unit.active}, but nobody starts it again when it ends: its Restart= is ‘no’`,
        shows: [
          shown(
            host.units,
            unit.name,
            `Restart=no, ${unit.active} (${unit.sub})${unit.dropIns?.length ? `, with ${unit.dropIns.join(', ')}` : ''}`,
          ),
        ],
      })),
  );

export const members = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const seen = hostsOf(chart, 'etcd').flatMap(host => {
    const etcd = eyes.see(host.etcd);
    return etcd && etcd.members.length > 0 ? [{ host, etcd }] : [];
  })[0];
  if (!seen) return [];
  const voters = seen.etcd.members.filter(member => !member.learner);
  const homes = voters.map(member => [...new Set(member.peerUrls.map(url => hostOfUrl(url) || undefined))]);
  if (homes.some(home => home.length === 0 || home.includes(undefined)))
    eyes.note(seen.host.name, 'etcd members', 'the address of a member cannot be read');
  const places = new Set(homes.map(home => home.join(' ')));
  const evidence = shown(
    seen.host.etcd,
    'member list',
    voters.map(member => `${member.name || '(not started)'} ${member.peerUrls.join(' ')}`).join('\n'),
  );
  const at = { host: 'cluster', subject: 'etcd', shows: [evidence] };
  const masters = control(chart);
  return [
    ...(voters.length % 2 === 0
      ? [
          {
            variant: 'even-etcd',
            ...at,
            says: `etcd has ${voters.length} voting members, but ${voters.length} of them survive no more losses than ${voters.length - 1} would: ${Math.ceil(voters.length / 2) - 1}`,
          },
        ]
      : []),
    ...(masters.length > 1 && places.size === 1 && !homes.flat().includes(undefined)
      ? [
          {
            variant: 'etcd-on-one-host',
            ...at,
            says: `${names(masters)} are control planes, but all of etcd (${voters.length} ${voters.length === 1 ? 'member' : 'members'}) lives at ${[...places].join()}: with that host everything is gone`,
          },
        ]
      : []),
  ];
};
