/**
 * What must wait for hosts that were not seen: a restart that would cost the quorum, a program newer than its API
 * server.
 */
import type { LeftOut, Member, Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';
import { bringsVersion, disrupts, isInput, replacesVersion, starts, tierOf, tiers } from './disruption.js';
import { order } from './order.js';

export interface Kept {
  readonly steps: readonly Step[];
  readonly leftOut: readonly LeftOut[];
}

/** Linear. */
export function allowed(wanted: readonly Step[], members: readonly Member[]): Kept {
  const rules = [quorum(members), skew(wanted, members)].filter(rule => rule !== undefined);
  if (rules.length === 0) return { steps: wanted, leftOut: [] };
  const steps = order(wanted, () => undefined);
  const out = new Map<ResourceId, LeftOut>();
  for (const step of steps) {
    const broken = rules.find(rule => rule.forbids(step));
    const needs = step.after.find(id => out.has(id)) ?? allOf(step.afterAny, out);
    if (broken) out.set(step.id, { id: step.id, why: broken.why, rule: broken.rule });
    else if (needs !== undefined) {
      const { why, rule } = out.get(needs) as LeftOut;
      out.set(step.id, { id: step.id, why, ...(rule ? { rule } : {}) });
    }
  }
  leaveInputs(steps, out);
  return { steps: steps.filter(step => !out.has(step.id)), leftOut: [...out.values()] };
}

const allOf = (ids: readonly ResourceId[] | undefined, out: ReadonlyMap<ResourceId, LeftOut>) =>
  ids?.every(id => out.has(id)) ? ids[0] : undefined;

/** What only left-out units read is not written either: one that starts by itself must find what it knows. */
function leaveInputs(steps: readonly Step[], out: Map<ResourceId, LeftOut>): void {
  const readers = new Map<ResourceId, Step[]>();
  for (const step of steps)
    if (disrupts(step) || starts(step) || out.has(step.id))
      for (const id of step.after) {
        const list = readers.get(id);
        if (list) list.push(step);
        else readers.set(id, [step]);
      }
  for (const step of steps) {
    const own = (readers.get(step.id) ?? []).filter(reader => reader.host === step.host);
    const [first] = own;
    if (first && isInput(step) && !out.has(step.id) && own.every(reader => out.has(reader.id)))
      out.set(step.id, { ...(out.get(first.id) as LeftOut), id: step.id });
  }
}

interface Rule {
  readonly rule: NonNullable<LeftOut['rule']>;
  readonly why: string;
  forbids(step: Step): boolean;
}

/** While a member is away, another may only restart if the rest is a quorum. */
function quorum(members: readonly Member[]): Rule | undefined {
  const etcd = members.filter(member => member.etcd);
  const away = etcd.filter(member => !member.seen).map(member => member.host);
  const needed = Math.floor(etcd.length / 2) + 1;
  const left = etcd.length - away.length - 1;
  if (away.length === 0 || left >= needed) return undefined;
  return {
    rule: 'quorum',
    why:
      `etcd on ${away.join(', ')} was not seen: a restart of another member would leave ${left} of ${etcd.length}, ` +
      `and the quorum is ${needed}`,
    forbids: step => disrupts(step) && tierOf(step) === 'etcd',
  };
}

/**
 * An API server that was not seen may come back as old as it was, and nothing may be newer than it. Where one is seen
 * and nothing is replaced, all are of one version: nodes change theirs after all API servers.
 */
function skew(steps: readonly Step[], members: readonly Member[]): Rule | undefined {
  const servers = members.filter(member => member.api);
  const away = servers.filter(member => !member.seen).map(member => member.host);
  if (away.length === 0 || (away.length < servers.length && !steps.some(replacesVersion))) return undefined;
  return {
    rule: 'skew',
    why: `the API server on ${away.join(', ')} was not seen, and nothing may be newer than it`,
    forbids: step => bringsVersion(step) !== undefined && tiers.indexOf(tierOf(step)) >= tiers.indexOf('controllers'),
  };
}
