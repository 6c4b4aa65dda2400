/** A cluster whose certificates have ended: what must be right first, and the order in which it comes back. */
import { foreseen } from '../../blueprint/revival/foreseen.js';
import { revived } from '../../blueprint/revival/revived.js';
import type { Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { clock } from '../../facts/host/clock.js';
import { nodes, withRole } from '../../model/cluster.js';
import type { Plan } from '../../model/plan.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { Answer } from '../../plan/read-answer.js';
import type { Finding } from '../../preflight/finding.js';
import { type Expired, expiredIn, isDead, revivalFindings } from '../../preflight/revival.js';
import { factValue } from '../fact-value.js';
import type { Story } from '../story.js';

export interface Revival {
  readonly resources: readonly Resource[];
  readonly answers: ReadonlyMap<ResourceId, Answer>;
  readonly findings: readonly Finding[];
}

export interface Dying {
  /** As it would be without a revival. */
  readonly plan: Pick<Plan, 'steps'>;
  readonly input: Input;
  readonly resources: readonly Resource[];
  readonly answers: ReadonlyMap<ResourceId, Answer>;
  readonly without: readonly string[];
}

/** undefined: the cluster lives. Hosts are asked only where it does not. */
export async function revivalOf(
  { emit, ports }: Pick<Story, 'emit' | 'ports'>,
  session: Pick<Session, 'ask' | 'read'>,
  { plan, input, resources, answers, without }: Dying,
): Promise<Revival | undefined> {
  const now = ports.clock();
  const { spec, facts } = input;
  if (!isDead(plan, input, now)) return undefined;
  const awaits = nodes(spec)
    .map(({ name }) => name)
    .filter(name => facts.has(name) && !without.includes(name));
  const planes = withRole(spec, 'controlPlane').flatMap(({ name }) => (facts.has(name) ? [name] : []));
  const all = revived(resources, { spec, facts, awaits });
  const known = new Set(resources.map(idOf));
  const [clocks, more] = await Promise.all([
    clocksOf(session, [...facts.keys()], ports.clock),
    session.read(all.filter(one => !known.has(idOf(one)))),
  ]);
  emit({ type: 'reviving', ...toldOf(expiredIn(plan, now)), awaits, without });
  return {
    resources: all,
    answers: new Map([...answers, ...more, ...foreseen(planes, id => textOf(answers.get(id)))]),
    findings: revivalFindings({ ...input, steps: plan.steps, without, clocks, now }),
  };
}

const textOf = (answer: Answer | undefined): string | undefined => (answer && 'raw' in answer ? answer.raw : undefined);

const toldOf = (expired: readonly Expired[]) => {
  const [oldest] = expired.map(({ endedAt }) => endedAt).sort();
  const hosts = [...new Set(expired.map(({ host }) => host))];
  return { ended: expired.length, hosts, ...(oldest === undefined ? {} : { since: oldest }) };
};

async function clocksOf({ ask }: Pick<Session, 'ask'>, hosts: readonly string[], now: () => Date) {
  const heardAt = new Map<string, number>();
  const answers = await ask(
    hosts.map(host => ({
      id: host,
      host,
      question: clock.question,
      heard: () => {
        heardAt.set(host, now().getTime() / 1000);
      },
    })),
  );
  return new Map(
    hosts.flatMap(host => {
      const [seen, here] = [factValue(clock, answers.get(host)), heardAt.get(host)];
      return 'value' in seen && here !== undefined ? [[host, { there: seen.value, here }] as const] : [];
    }),
  );
}
