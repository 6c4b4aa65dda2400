/** Facts of the clinic's chart, and the names that they ask for. */
import { componentNames } from '../../model/components.js';
import type { Fact, HostQuestion } from '../../model/fact.js';
import type { HostChart } from './host-chart.js';

/** Sections that come from the one script; the others are asked through the connection. */
export type Section = Exclude<keyof HostChart, 'name' | 'address' | 'roles' | 'served' | 'reach' | 'health'>;

type ValueOf<S extends Section> = Extract<HostChart[S], { readonly value: unknown }>['value'];

/**
 * The fact of one section of the chart, with the limits that keep a host that hangs or floods from holding up the rest.
 */
export type ChartFact<S extends Section = Section> = Omit<Fact<ValueOf<S>>, 'id' | 'question'> & {
  readonly id: S;
  readonly question: HostQuestion & { readonly seconds: number; readonly bytes: number };
};

export const chartFact = <S extends Section>(fact: ChartFact<S>): ChartFact<S> => fact;

/** Programs whose processes, logs and units the clinic knows. */
export const programs = [
  ...componentNames,
  'dockerd',
  'cri-dockerd',
  'crio',
  // They hold the components in their own process.
  'k3s',
  'k3s-server',
  'k3s-agent',
  'kubelite',
  'haproxy',
  'keepalived',
  'coredns',
  'flanneld',
  'calico-node',
  'bird',
  'cilium-agent',
  'cloud-controller-manager',
  'dnsmasq',
  'chronyd',
  'ntpd',
] as const;

export const unitNames = [
  ...componentNames,
  'docker',
  'kw-haproxy',
  'kw-keepalived',
  'kw-network',
  'kw-renew-certificates',
  'haproxy',
  'keepalived',
  'firewalld',
  'ufw',
  'systemd-resolved',
  'NetworkManager',
  'systemd-networkd',
  'chrony',
  'systemd-timesyncd',
  'ntp',
  'swapfile',
] as const;
