/** Hangs consequences below their causes: one leading diagnosis per independent fault. */
import type { Chart } from '../chart/chart.js';
import { diagnosisOf } from './diagnosis.js';
import type { Ill } from './examined.js';
import type { Diagnosis } from './report.js';
import type { Finding } from './verdict.js';

/** A node of the graph: the findings of one variant that share a cause. */
interface Node {
  readonly ill: Ill;
  readonly index: number;
  cause?: Node;
}

/**
 * A finding hangs below the first cause (by precedence) whose case or finding names it and whose host is related. A
 * cycle (A explains B, B explains A) is cut where it would close: the one of lower precedence leads.
 */
export const cascade = (ills: readonly Ill[], chart: Chart): readonly Diagnosis[] => {
  const nodes: readonly Node[] = ills.map((ill, index) => ({ ill, index }));
  const placed: { readonly below: Node | undefined; readonly node: Node; readonly ill: Ill }[] = [];
  const byEffect = effectsOf(nodes);
  for (const node of nodes) {
    const causes = [
      ...(byEffect.get(node.ill.case.id) ?? []),
      ...(byEffect.get(`${node.ill.case.id}/${node.ill.variant}`) ?? []),
    ].filter(
      cause => cause !== node && !isBelow(cause, node) && !(node.index < cause.index && leadsTo(node, cause, byEffect)),
    );
    const parts = new Map<Node | undefined, Finding[]>();
    for (const finding of node.ill.findings) {
      const cause = causes.find(each =>
        each.ill.findings.some(origin => explains(each.ill, origin, node.ill) && related(origin, finding, chart)),
      );
      parts.set(cause, [...(parts.get(cause) ?? []), finding]);
    }
    const [only] = parts.size === 1 ? parts.keys() : [];
    if (only) node.cause = only;
    for (const [below, findings] of parts) placed.push({ below, node, ill: { ...node.ill, findings } });
  }
  const build = (parent: Node | undefined, seen: ReadonlySet<Node>): readonly Diagnosis[] =>
    placed
      .filter(one => one.below === parent)
      .map(({ node, ill }) =>
        diagnosisOf(
          ill,
          chart,
          seen.has(node) || leadsElsewhere(placed, node, parent) ? [] : build(node, new Set([...seen, node])),
        ),
      );
  return build(undefined, new Set());
};

/** A case whose findings are split hangs its own consequences once only: below its leading part. */
const leadsElsewhere = (
  placed: readonly { readonly below: Node | undefined; readonly node: Node }[],
  node: Node,
  parent: Node | undefined,
): boolean => parent !== placed.find(one => one.node === node)?.below;

/** Does one explain the other, over whatever stands between? */
const leadsTo = (from: Node, to: Node, byEffect: ReadonlyMap<string, readonly Node[]>): boolean => {
  const open: Node[] = [to];
  const seen = new Set<Node>();
  for (let at = open.pop(); at; at = open.pop()) {
    if (at === from) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(byEffect.get(at.ill.case.id) ?? []), ...(byEffect.get(`${at.ill.case.id}/${at.ill.variant}`) ?? []));
  }
  return false;
};

const effectsOf = (nodes: readonly Node[]): ReadonlyMap<string, readonly Node[]> => {
  const found = new Map<string, Node[]>();
  for (const node of nodes)
    for (const effect of new Set([
      ...node.ill.case.explains,
      ...node.ill.findings.flatMap(finding => finding.explains ?? []),
    ]))
      found.set(effect, [...(found.get(effect) ?? []), node]);
  return found;
};

const explains = (cause: Ill, origin: Finding, effect: Ill): boolean => {
  const names = [...cause.case.explains, ...(origin.explains ?? [])];
  return names.includes(effect.case.id) || names.includes(`${effect.case.id}/${effect.variant}`);
};

/** The same host, or one of both is the whole cluster, or the cause sits on a control plane, which everybody calls. */
const related = (cause: Finding, effect: Finding, chart: Chart): boolean =>
  cause.host === effect.host ||
  cause.host === 'cluster' ||
  effect.host === 'cluster' ||
  chart.hosts.get(cause.host)?.roles.some(role => role === 'controlPlane' || role === 'etcd') === true;

const isBelow = (node: Node, ancestor: Node): boolean => {
  for (let at: Node | undefined = node; at; at = at.cause) if (at === ancestor) return true;
  return false;
};
