import type { Member, Plan, Probe, Step, Turn, Wave, WayBack } from '../model/plan.js';
import { bringsVersion, isUnit, programOf, replacesVersion, type Tier } from './disruption.js';

/** What one host restarts in one go. */
export interface Run {
  readonly host: string;
  readonly turn: number;
  readonly tier: Tier;
  readonly steps: readonly Step[];
  /** Before its steps, and after them. */
  readonly drain?: Step;
  readonly uncordon?: Step;
}

export interface Way {
  readonly members: readonly Member[];
  readonly takesBack: boolean;
  /** Programs that the plan replaces, and the version that comes. */
  readonly brings: ReadonlyMap<string, string>;
  /** What is written in a turn, and not before it. */
  readonly held: ReadonlyMap<Run, readonly Step[]>;
}

export const bringsOf = (steps: readonly Step[]): Way['brings'] =>
  new Map(steps.filter(replacesVersion).map(step => [programOf(step), bringsVersion(step) ?? '']));

export function waveOf(runs: readonly Run[], width: number, way: Way, isFirst: boolean): Wave {
  const steps = runs.flatMap(run => run.steps);
  const programs = [...new Set(steps.map(programOf))];
  const hosts = [...new Set(runs.map(run => run.host))];
  const zone = width > 1 ? way.members.find(member => member.host === hosts[0])?.zone : undefined;
  return {
    hosts,
    width,
    ...(zone === undefined ? {} : { zone }),
    programs,
    steps: steps.map(step => step.id),
    ...drainsIn(runs),
    before: beforeOf(steps, way, isFirst),
    gate: gateOf(steps),
    after: [{ probe: 'converged', says: 'each unit runs, and started after its files' }],
    back: backOf(steps, programs, way),
    ...(way.takesBack ? {} : { turns: runs.map(run => turnOf(run, way.held.get(run) ?? [])) }),
  };
}

const turnOf = ({ host, steps }: Run, held: readonly Step[]): Turn => ({
  host,
  units: steps.filter(isUnit).map(({ id, key, after }) => ({
    step: id,
    unit: key,
    writes: held.filter(each => after.includes(each.id)).map(each => each.id),
  })),
  ...(steps.some(({ lifeline }) => lifeline) ? { armed: true } : {}),
});

const drainsIn = (runs: readonly Run[]): Pick<Wave, 'drains'> => {
  const drains = runs.filter(run => run.drain).map(run => run.host);
  return drains.length > 0 ? { drains } : {};
};

const backup: Probe = { probe: 'etcd-backup', says: 'a snapshot of etcd is taken and verified' };

function beforeOf(steps: readonly Step[], { members, brings }: Way, isFirst: boolean): readonly Probe[] {
  const guarded = steps.some(step => isUnit(step) && programOf(step) === 'etcd');
  return [
    ...(isFirst && brings.size > 0 ? [backup] : []),
    ...(guarded && members.filter(member => member.etcd).length > 1
      ? [{ probe: 'quorum', says: 'the other members of etcd hold the quorum' } as const]
      : []),
  ];
}

const gateOf = (steps: readonly Step[]): readonly Probe[] =>
  [...new Set(steps.flatMap(step => step.actions).flatMap(action => (action.do === 'wait' ? [action.says] : [])))].map(
    says => ({ probe: 'answers', says }),
  );

/** What stood there before is known by its digest alone: `withEtcdFound` knows more. */
function backOf(steps: readonly Step[], programs: readonly string[], { takesBack, brings }: Way): WayBack {
  const etcd = programs.includes('etcd') ? brings.get('etcd') : undefined;
  if (etcd !== undefined)
    return { pointOfNoReturn: `etcd ${etcd} may write what an older minor cannot read: only a backup leads back` };
  if (takesBack) return { way: 'automatic', says: 'what was changed is taken back where it fails' };
  if (steps.every(isUnit)) return steps.some(({ lifeline }) => lifeline) ? putBackByItself : putBack;
  return { way: 'by hand', says: 'undo the edit of the cluster file, and run kw up' };
}

const putBack: WayBack = {
  way: 'automatic',
  says: 'a host whose gate fails is put back to what stood before, and proven by the same gate',
};

const putBackByItself: WayBack = {
  way: 'automatic',
  says: `${putBack.says}; where nobody reaches the API after it, the host does so by itself`,
};

/** Of etcd within one minor there is a way back. `running`: the versions of etcd that were found on the hosts. */
export function withEtcdFound<P extends Pick<Plan, 'steps' | 'rollout'>>(plan: P, running: readonly string[]): P {
  const comes = bringsOf(plan.steps).get('etcd');
  if (!plan.rollout || running.length === 0 || running.some(version => minor(version) !== minor(comes ?? '')))
    return plan;
  return {
    ...plan,
    rollout: {
      ...plan.rollout,
      waves: plan.rollout.waves.map(wave =>
        'pointOfNoReturn' in wave.back ? { ...wave, back: putBackByItself } : wave,
      ),
    },
  };
}

const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
