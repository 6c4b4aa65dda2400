/** Nodes that an upgrade drains, with what their drains will meet; and those that an earlier run left cordoned. */
import type { Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { type Budget, budgets } from '../../facts/upgrade/budgets.js';
import type { ListFact } from '../../facts/upgrade/list.js';
import { type PodSeen, pods } from '../../facts/upgrade/pods.js';
import { nodeDrain, nodePath } from '../../facts/node-drain.js';
import { pages } from '../../kube/list.js';
import { minorOf } from '../../catalog/index.js';
import { WorldFailed } from '../../model/event.js';
import { NotSeen, Unreadable } from '../../model/fact.js';
import type { DrainForecast, DrainPolicy } from '../../model/drain.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { Step } from '../../model/plan.js';
import { isProgram } from '../../plan/disruption.js';
import { type Drains, dueHosts, leftCordoned, type NodeSeen, turnOf, turnResources } from '../../plan/drain/due.js';
import { forecast, guardedOn, headroomOf } from '../../plan/drain/forecast.js';
import type { Answer } from '../../plan/read-answer.js';
import type { ArtifactWant } from '../../resources/wants.js';

export interface Draining {
  readonly drains: Drains;
  /** What the engine holds the drains' steps against. */
  readonly resources: readonly Resource[];
}

export interface DrainScene {
  readonly steps: readonly Step[];
  readonly resources: readonly Resource[];
  readonly answers: ReadonlyMap<ResourceId, Answer>;
  /** `off`: no node is drained; those that were left cordoned are given back all the same. */
  readonly policy: DrainPolicy | 'off';
}

/** undefined: nobody is drained, and nobody was left cordoned. */
export async function drainsFor(
  session: Pick<Session, 'spec' | 'api'>,
  scene: DrainScene,
): Promise<Draining | undefined> {
  const { spec } = session;
  const nodes = nodesIn(
    spec.hosts.map(host => host.name),
    scene.answers,
  );
  const { policy } = scene;
  const due = policy === 'off' ? [] : dueHosts({ spec, steps: scene.steps, nodes, containerd: wantedRuntime(scene) });
  const hosts = [...new Set([...due, ...leftCordoned(nodes)])];
  if (hosts.length === 0) return undefined;
  const seen = due.length > 0 ? await podsAndBudgets(session) : undefined;
  const rules = policy === 'off' ? { emptyDir: false, bare: false, seconds: 0 } : policy;
  const turns = hosts.map(host => ({ host, own: turnResources(host, rules, spec.kubernetes) }));
  const turned = turns.map(({ host, own }) => {
    const guarded = seen ? guardedOn(host, seen.pods, seen.budgets) : new Map<string, number>();
    return [host, turnOf(own, nodes.get(host)?.raw ?? '', due.includes(host), guarded)] as const;
  });
  return {
    drains: {
      turns: new Map(turned),
      ...(seen ? { headroom: headroomOf(seen.budgets) } : {}),
      forecasts: due.map(
        (host): DrainForecast => (seen ? forecast(host, seen.pods, seen.budgets, rules) : { host, blocks: [] }),
      ),
    },
    resources: turns.flatMap(({ own }) => [own.drained, own.uncordoned]),
  };
}

/** What the drains of hosts that leave the cluster will meet. */
export async function removedDrains(
  session: Pick<Session, 'spec' | 'api'>,
  { removes = [] }: Pick<Input, 'removes'>,
  policy: DrainPolicy | 'off',
): Promise<readonly DrainForecast[]> {
  const hosts = removes.filter(({ node }) => node === 'ready').map(({ name }) => name);
  if (hosts.length === 0 || policy === 'off') return [];
  const seen = await podsAndBudgets(session);
  return hosts.map(host => (seen ? forecast(host, seen.pods, seen.budgets, policy) : { host, blocks: [] }));
}

/** The blueprint asks for each Node anyhow. */
function nodesIn(hosts: readonly string[], answers: DrainScene['answers']): ReadonlyMap<string, NodeSeen> {
  return new Map(
    hosts.flatMap(host => {
      const answer = answers.get(idOf({ host: clusterHost, kind: 'object', key: nodePath(host) }));
      if (!answer || !('raw' in answer)) return [];
      return [[host, { raw: answer.raw, is: nodeDrain(host).parse(answer.raw) }] as const];
    }),
  );
}

const wantedRuntime = ({ resources }: DrainScene) => {
  const versions = new Map(
    resources
      .filter(one => isProgram(one) && one.key.endsWith('/containerd'))
      .map(({ host, want }) => [host, (want as ArtifactWant).version]),
  );
  return (host: string): string | undefined => versions.get(host);
};

interface Seen {
  readonly pods: readonly PodSeen[];
  readonly budgets: readonly Budget[];
}

/** undefined: they could not be seen, so nobody knows who is in the way. */
async function podsAndBudgets({ spec, api }: Pick<Session, 'spec' | 'api'>): Promise<Seen | undefined> {
  const all = async <T>(fact: ListFact<T>): Promise<readonly T[]> => {
    const items: T[] = [];
    for await (const page of pages(await api(), fact.question.path))
      items.push(...fact.parse(JSON.stringify({ status: 200, body: { items: page } })));
    return items;
  };
  try {
    const [found, limits] = await Promise.all([
      all(pods),
      // The API servers may still be those of the minor before.
      all(budgets(minorOf(spec.kubernetes) > 22 ? 'policy/v1' : 'policy/v1beta1')),
    ]);
    return { pods: found, budgets: limits };
  } catch (error) {
    if (error instanceof WorldFailed || error instanceof Unreadable || error instanceof NotSeen) return undefined;
    throw error;
  }
}
