/** The leader lease of one component: who holds it, how late it is, and whether that is an illness already. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { at } from '../../../read/yaml.js';

export const programs = ['kube-controller-manager', 'kube-scheduler'] as const;
export type Program = (typeof programs)[number];

/** `now` and `lease.renewed`: ISO times; no `lease`: there is none; an empty `holder`: nobody. */
export type Late = {
  readonly program: Program;
  readonly now: string;
  readonly lease?: { readonly holder: string; readonly renewed: string };
};

export const whenText = (lease: Late['lease']): string =>
  lease ? `was last renewed at ${lease.renewed} by ${lease.holder || 'nobody'}` : 'does not exist';
export const lateText = ({ program, lease, now }: Late): string =>
  `the lease of ${program} ${whenText(lease)}, it is ${now}`;

export interface Running {
  readonly host: HostChart;
  readonly since: number;
}

export const startOf = (host: HostChart, program: string): Running | undefined => {
  const process = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  return process && { host, since: Date.parse(process.startedAt) };
};

export interface Lease {
  readonly holder: string;
  /** The host's name, which a holder's identity begins with. */
  readonly holderHost: string;
  readonly renewed: string;
  readonly held: boolean;
  /** NaN where the time of renewal is not a time. */
  readonly lateMs: number;
  readonly seenAt: number;
}

/** Leases were the lock since 1.20; before, annotations of Endpoints. Their clocks are the holders': 60 s pass. */
const graceMs = 60_000;

/** How late it is by the moment at which the API was asked: what else was gathered took its time. */
export const leaseOf = (chart: Chart, object: ApiObject | undefined): Lease => {
  const holder = String(at(object, 'spec', 'holderIdentity') ?? '');
  const renewed = String(at(object, 'spec', 'renewTime') ?? '');
  const seenAt = Date.parse(chart.api.objects['leases.coordination.k8s.io']?.at ?? chart.now);
  const durationMs = Number(at(object, 'spec', 'leaseDurationSeconds') ?? 15) * 1000;
  const lateMs = !object || holder === '' ? Infinity : seenAt - Date.parse(renewed);
  const held = lateMs <= durationMs + graceMs;
  return { holder, holderHost: holder.replace(/_.*$/, ''), renewed, held, lateMs, seenAt };
};

/** A process has connected, filled its caches and asked for the lease a few times by then, also on a slow machine. */
const settledMs = 120_000;
/** Whoever cannot renew ends itself after 10 s (client-go); one that runs on all this time without renewing hangs. */
const hangsMs = 300_000;

/**
 * Why a late lease is not an illness yet: its holder must be proven dead, and those who could take it must leave it.
 */
export const whyNotYet = (lease: Lease, running: readonly Running[], sawAll: boolean): string | undefined => {
  if (running.every(one => lease.seenAt - one.since < settledMs))
    return 'those who could take it have only just started';
  if (lease.lateMs >= hangsMs) return undefined;
  const holder = running.find(one => one.host.name === lease.holderHost);
  if (holder && !(holder.since > Date.parse(lease.renewed)))
    return 'its holder runs: a slow API server, or it is about to end itself';
  return sawAll ? undefined : 'whether its holder runs could not be seen';
};
