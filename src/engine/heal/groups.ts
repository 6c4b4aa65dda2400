/**
 * Therapies that want something of the same thing stand or fall together; all others are proven, and taken back, by
 * themselves. Pure.
 */
import type { Chart } from '../../clinic/chart/chart.js';
import type { Failure } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { clusterHost, idOf, type Resource } from '../../model/resource.js';
import type { Treatment } from './treatments.js';

export interface Group {
  readonly treated: readonly Treatment[];
  /** Its steps of the whole plan. */
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  /** Hosts that it changes or is about; `cluster` too where it changes objects, or a host that the API needs. */
  readonly hosts: ReadonlySet<string>;
}

export const groupsOf = (
  treated: readonly Treatment[],
  { plan, resources }: { readonly plan: Plan; readonly resources: readonly Resource[] },
  chart: Chart,
): readonly Group[] =>
  joined(treated).map(({ members, ids }) => {
    const steps = plan.steps.filter(step => ids.has(step.id));
    const hosts = new Set([...members.map(one => one.finding.host), ...steps.map(step => step.host)]);
    const serves = [...hosts].some(host => chart.hosts.get(host)?.roles.some(role => role !== 'worker'));
    return {
      treated: members,
      plan: { ...plan, steps },
      resources: resources.filter(one => ids.has(idOf(one))),
      hosts: serves ? hosts.add(clusterHost) : hosts,
    };
  });

interface Joined {
  readonly members: readonly Treatment[];
  readonly ids: ReadonlySet<string>;
}

const joined = (treated: readonly Treatment[]): readonly Joined[] =>
  treated.reduce<readonly Joined[]>((groups, one) => {
    const own = one.therapy.want.map(idOf);
    const shared = groups.filter(group => own.some(id => group.ids.has(id)));
    const ids = new Set([...own, ...shared.flatMap(group => [...group.ids])]);
    const members = [...shared.flatMap(group => group.members), one];
    return [...groups.filter(group => !shared.includes(group)), { members, ids }];
  }, []);

/** Whether its own steps failed. A failure that names neither step nor host is everybody's. */
export const hasFailed = ({ plan, hosts }: Group, failures: readonly Failure[] | undefined): boolean =>
  failures === undefined ||
  failures.some(({ step, host }) =>
    step !== undefined ? plan.steps.some(one => one.id === step) : host === undefined || hosts.has(host),
  );
