/** Each way in which a cluster can look highly available and not be so. */
import type { FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { hostOfUrl } from '../../../read/api-names.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf, securePort } from '../../../read/flags.js';
import { controls, hostsOf } from '../../../read/hosts.js';
import { type Balancer, balancerOf } from './balancer.js';
import { type Facts, isComponent, replicated } from './facts.js';

const control = (chart: Chart): readonly HostChart[] => hostsOf(chart).filter(controls);
const names = (hosts: readonly HostChart[]): readonly string[] => hosts.map(host => host.name);

export const balancers = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const masters = control(chart);
  for (const host of masters) {
    evidence.read(host.processes);
    evidence.read(host.files);
  }
  return hostsOf(chart).flatMap((host): readonly FoundOf<Facts>[] => {
    const balancer = balancerOf(host, masters, evidence);
    return balancer ? [...unasked(host, balancer, evidence), ...missing(host, balancer, masters, evidence)] : [];
  });
};

const missing = (
  host: HostChart,
  { path, serves, servers, unknown }: Balancer,
  masters: readonly HostChart[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const lacking = masters.filter(master => !serves.has(master));
  if (lacking.length > 0 && unknown.length >= lacking.length) {
    evidence.note(host.name, path, `which hosts it means by ${unknown.slice(0, 5).join(', ')} is not known here`);
    return [];
  }
  return lacking.map(master => ({
    variant: 'backend-missing',
    host: host.name,
    subject: { path, server: master.name },
    facts: { path, server: master.name, address: `${master.address}:${securePort(master)}`, serves: servers },
  }));
};

const unasked = (host: HostChart, balancer: Balancer, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const { path, asking, serves } = balancer;
  if (asking === 'http') return [];
  if (asking === 'other') {
    evidence.note(
      host.name,
      path,
      'how it asks for the health of its servers is not read here (tcp-check, external-check)',
    );
    return [];
  }
  const ill = [...serves].flatMap(master => {
    const answers = evidence.read(master.health) ?? {};
    const url = `https://${master.address}:${securePort(master)}/readyz`;
    const answer = Object.entries(answers).find(([one]) => one.startsWith(url))?.[1];
    return answer !== undefined && /^[45]\d\d/.test(answer) ? [{ master, answer }] : [];
  });
  if (ill.length === 0)
    return [{ variant: 'tcp-check-only', host: host.name, subject: { path }, facts: { path, asking } }];
  return ill.map(({ master, answer }) => ({
    variant: 'ill-backend-served' as const,
    host: host.name,
    subject: { path, server: master.name },
    facts: { path, asking, server: master.name, answer: answer.slice(0, 300) },
  }));
};

/** By what is set up, not by what happens to run: a component that is down is another case's business. */
export const replicas = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const masters = control(chart);
  const seen = masters.filter(
    host => evidence.read(host.processes) !== undefined && evidence.read(host.files) !== undefined,
  );
  if (masters.length < 2 || seen.length < masters.length) return [];
  return replicated.flatMap((program): readonly FoundOf<Facts>[] => {
    const [only, ...more] = masters.filter(host => {
      const { inForce, source } = flagsOf(host, program);
      return inForce !== undefined || source !== undefined;
    });
    if (!only || more.length > 0) return [];
    return masters
      .filter(host => host !== only)
      .map(host => ({
        variant: 'one-replica' as const,
        host: host.name,
        subject: { program },
        facts: { program, only: only.name, masters: names(masters), source: flagsOf(only, program).source },
      }));
  });
};

export const supervision = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] =>
  hostsOf(chart).flatMap(host =>
    (evidence.read(host.units) ?? [])
      .filter(
        unit => isComponent(unit.name) && unit.load === 'loaded' && unit.active !== 'inactive' && unit.restart === 'no',
      )
      .map(unit => ({
        variant: 'nobody-restarts' as const,
        host: host.name,
        subject: { unit: unit.name },
        facts: {
          unit: unit.name,
          active: unit.active,
          sub: unit.sub,
          dropIns: unit.dropIns ?? [],
        },
      })),
  );

export const members = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const seen = hostsOf(chart, 'etcd').flatMap(host => {
    const etcd = evidence.read(host.etcd);
    return etcd && etcd.members.length > 0 ? [{ host, etcd }] : [];
  })[0];
  if (!seen) return [];
  const voters = seen.etcd.members.filter(member => !member.learner);
  const homes = voters.map(member => [...new Set(member.peerUrls.map(url => hostOfUrl(url) || undefined))]);
  if (homes.some(home => home.length === 0 || home.includes(undefined)))
    evidence.note(seen.host.name, 'etcd members', 'the address of a member cannot be read');
  const places = new Set(homes.map(home => home.join(' ')));
  const at = { host: 'cluster', subject: { program: 'etcd' } };
  const told = {
    voters: voters.map(({ name, peerUrls }) => ({ name, peerUrls })),
    toldBy: seen.host.name,
  };
  const masters = control(chart);
  return [
    ...(voters.length % 2 === 0
      ? [
          {
            variant: 'even-etcd' as const,
            ...at,
            facts: told,
          },
        ]
      : []),
    ...(masters.length > 1 && places.size === 1 && !homes.flat().includes(undefined)
      ? [
          {
            variant: 'etcd-on-one-host' as const,
            ...at,
            facts: { ...told, masters: names(masters), place: [...places].join() },
          },
        ]
      : []),
  ];
};
