/** A question to a host for the clinic's chart: a bounded script, and a pure reader of what it printed. */
import type { Script } from '../../shell/sh.js';
import type { HostChart } from './host-chart.js';

/** Sections that come from the one script; the others are asked through the connection. */
export type Section = Exclude<keyof HostChart, 'name' | 'address' | 'roles' | 'served' | 'reach' | 'health'>;

type ValueOf<S extends Section> = Extract<HostChart[S], { readonly value: unknown }>['value'];

export interface Collector<S extends Section = Section> {
  readonly section: S;
  /** POSIX sh as root; reads only; prints no secret. */
  readonly script: Script;
  readonly seconds: number;
  readonly bytes: number;
  /** Throws `NotSeen` with the reason where the output is no answer; never guesses. */
  parse(output: string, asked: Asked): ValueOf<S>;
}

/** The control machine's side of the question. */
export interface Asked {
  /** Milliseconds since 1970: when the script was sent, and when its answer was whole. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Why the answer is not whole. */
  readonly broke?: string;
}

export class NotSeen extends Error {}

export const defineCollector = <S extends Section>(collector: Collector<S>): Collector<S> => collector;

/** Programs whose processes, logs and units the clinic knows. */
export const programs = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'etcd',
  'containerd',
  'dockerd',
  'cri-dockerd',
  'crio',
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
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'containerd',
  'docker',
  'kw-haproxy',
  'kw-keepalived',
  'kw-network',
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
