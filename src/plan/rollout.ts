/** A plan's disruptive steps as waves, and the waves as edges, so that the engine needs no second scheduler. */
import type { Member, Rollout, Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';
import { bracketed, type Drains, fitsHeadroom, givenBack, loose, turnIds } from './drain/turns.js';
import { disrupts, replacesVersion, starts, type Tier, tierOf, tiers } from './disruption.js';
import { type Batch, firstNeed, type Held, heldOf, isEtcd, isOfNodes } from './held.js';
import { order } from './order.js';
import { bringsOf, type Run, waveOf, type Way } from './wave.js';

export interface Terrain {
  readonly members: readonly Member[];
  /** True: who carries it out takes it back where it fails. */
  readonly takesBack?: boolean;
  readonly drains?: Drains | undefined;
}

export interface RolledOut {
  readonly steps: readonly Step[];
  readonly rollout?: Rollout;
}

/** At most so many of the nodes are away at a time, those that were not seen included. */
const share = 0.25;

/**
 * Steps in their order with the waves as edges, whose number is linear. A first build has no quorum to lose: no edges.
 */
export function rolledOut(steps: readonly Step[], terrain: Terrain): RolledOut {
  const upgrade = steps.some(replacesVersion);
  const places = placesOf(terrain.members, upgrade);
  const turnOf = (step: Step): number | undefined => (disrupts(step) ? places.turnOf(step) : undefined);
  const ordered = order(steps, turnOf);
  const runs = bracketed(runsOf(ordered, places), terrain.drains);
  const lone = givenBack(runs, ordered, terrain.drains);
  if (runs.length === 0) return { steps: [...ordered, ...lone] };
  const waves = wavesOf(runs, places, widthOf(terrain.members), terrain.drains);
  const batches = waves.flatMap(wave => (wave.width === 1 ? wave.runs.map(run => [run]) : led(wave.runs)));
  const founders = foundersOf(ordered, batches);
  const held = heldOf(ordered, batches, { founders, upgrade, takesBack: terrain.takesBack === true });
  const more = upgrade ? gated(ordered, batches, founders, held) : chained(batches, held);
  const firstOfEtcd = new Set(founders.length > 0 ? idsOf(batches.find(isEtcd) ?? []) : []);
  const linked = [...ordered, ...runs.flatMap(loose), ...lone].map(step => {
    const before = [...(more.get(step.id) ?? []), ...(firstOfEtcd.has(step.id) ? founders : [])];
    return before.length === 0 ? step : { ...step, after: [...new Set([...step.after, ...before])] };
  });
  const way: Way = { members: terrain.members, takesBack: terrain.takesBack === true, brings: bringsOf(steps), held };
  return {
    steps: terrain.takesBack && !upgrade ? linked : order(linked, turnOf),
    rollout: {
      waves: waves.map(({ runs, width }, at) => waveOf(runs, width, way, at === 0)),
      ...(terrain.drains?.forecasts.length ? { drains: terrain.drains.forecasts } : {}),
    },
  };
}

interface Places {
  turnOf(step: Step): number;
  isSerial(turn: number): boolean;
}

const perTier = 10_000;
const firstNode = tiers.indexOf('node') * perTier;

/**
 * Turns by tier; among nodes first the control planes', one at a time, then zone by zone, so that one zone at most is
 * weakened. Where no version changes, what stands on a control plane restarts together, host by host.
 */
function placesOf(members: readonly Member[], upgrade: boolean): Places {
  const zones = [...new Set(['', ...members.map(member => member.zone ?? '')])];
  const known = new Map(members.map(member => [member.host, member]));
  const turnOf = (step: Step): number => {
    const [tier, member] = [tierOf(step), known.get(step.host)];
    const isNode = tier === 'node' || (tier === 'balancer' && member?.node === true && !member.api);
    if (isNode) return member?.api ? firstNode : firstNode + 1 + zones.indexOf(member?.zone ?? '');
    return tiers.indexOf(upgrade || tier === 'etcd' ? tier : 'api') * perTier;
  };
  return { turnOf, isSerial: turn => turn <= firstNode };
}

const tierAt = (turn: number): Tier => tiers[Math.floor(turn / perTier)] ?? 'node';

function widthOf(members: readonly Member[]): number {
  const nodes = members.filter(member => member.node);
  return Math.max(1, Math.floor(nodes.length * share) - nodes.filter(node => !node.seen).length);
}

/** Neighbours of one host and turn, together. */
function runsOf(ordered: readonly Step[], places: Places): readonly Run[] {
  const runs: (Run & { readonly steps: Step[] })[] = [];
  for (const step of ordered.filter(disrupts)) {
    const turn = places.turnOf(step);
    const last = runs.at(-1);
    if (last?.host === step.host && last.turn === turn) last.steps.push(step);
    else runs.push({ host: step.host, turn, tier: tierAt(turn), steps: [step] });
  }
  return runs;
}

interface Slice {
  readonly runs: readonly Run[];
  readonly width: number;
}

/**
 * One wave per turn, host by host; of the workers first a single one (a canary), then as many as may be away at once.
 */
function wavesOf(runs: readonly Run[], places: Places, width: number, drains?: Drains): readonly Slice[] {
  const waves: { readonly runs: Run[]; readonly width: number; readonly turn: number }[] = [];
  for (const run of runs) {
    const last = waves.at(-1);
    const serial = places.isSerial(run.turn);
    const isCanary = !serial && waves.every(wave => places.isSerial(wave.turn));
    const hasRoom = last?.turn === run.turn && (serial || last.runs.length < last.width);
    if (hasRoom && (serial || fitsHeadroom(last.runs, run, drains))) last.runs.push(run);
    else waves.push({ runs: [run], width: serial || isCanary ? 1 : width, turn: run.turn });
  }
  return waves;
}

/** Its first host goes alone: one that all wait for, and that waits for all, keeps the number of edges linear. */
const led = (runs: readonly Run[]): readonly Batch[] => (runs.length > 1 ? [runs.slice(0, 1), runs.slice(1)] : [runs]);

const idsOf = (batch: Batch): readonly ResourceId[] => batch.flatMap(turnIds);

type Edges = Map<ResourceId, readonly ResourceId[]>;

/** Control planes after each other and nodes after each other; the two know nothing of each other. */
function chained(batches: readonly Batch[], held: Held): Edges {
  const more: Edges = new Map();
  for (const one of [batches.filter(isOfNodes), batches.filter(batch => !isOfNodes(batch))])
    for (const [at, batch] of one.entries()) {
      const ids = idsOf(one[at - 1] ?? []);
      for (const run of batch) link(more, run, held, ids);
    }
  return more;
}

/** A host's turn begins after the batch before: with its drain, where it has one. */
function link(more: Edges, run: Run, held: Held, before: readonly ResourceId[]): void {
  const { drain, steps } = run;
  if (drain) more.set(drain.id, before);
  const first = drain ? [drain.id] : before;
  for (const { id } of [...(held.get(run) ?? []), ...steps]) more.set(id, first);
}

/** A change of versions is one chain from etcd to the last node. */
function gated(
  ordered: readonly Step[],
  batches: readonly Batch[],
  founders: readonly ResourceId[],
  held: Held,
): Edges {
  const more: Edges = new Map();
  const needed = firstNeed(ordered, batches, founders);
  for (const [at, batch] of batches.entries())
    for (const run of batch) link(more, run, held, idsOf(batches[at - 1] ?? []));
  for (const step of ordered.filter(each => starts(each) && !disrupts(each))) {
    const last = batches.findLastIndex(batch => tiers.indexOf(batch[0]?.tier ?? 'node') < tiers.indexOf(tierOf(step)));
    if (last >= 0 && (needed.get(step.id) ?? Infinity) > last) more.set(step.id, idsOf(batches[last] ?? []));
  }
  return more;
}

/**
 * Members of etcd that do not run and will: they start before one that runs is restarted, since they count for the
 * quorum.
 */
function foundersOf(ordered: readonly Step[], batches: readonly Batch[]): readonly ResourceId[] {
  const first = batches.find(isEtcd)?.[0]?.steps[0]?.id;
  const at = first === undefined ? 0 : ordered.findIndex(step => step.id === first);
  return ordered
    .slice(0, at)
    .filter(step => starts(step) && !disrupts(step) && tierOf(step) === 'etcd')
    .map(step => step.id);
}
