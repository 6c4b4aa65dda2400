/** What a step does to what runs already, and whose turn that is. */
import type { Step } from '../model/plan.js';
import { traitsOf } from '../resources/index.js';

/** In this order components change their version: nothing is ever newer than what it talks to. */
export const tiers = ['etcd', 'api', 'balancer', 'controllers', 'node'] as const;
export type Tier = (typeof tiers)[number];

type Named = Pick<Step, 'kind' | 'key' | 'stage'>;

/** Something that runs is restarted or replaced. A unit that is merely started has nothing to lose. */
export const disrupts = (step: Step): boolean => step.serial !== undefined;

/** A unit that does not run, and will. */
export const starts = (step: Step): boolean =>
  isUnit(step) && step.changes.some(({ field, to }) => field === 'running' && to === 'running');

const roleOf = ({ kind }: Pick<Step, 'kind'>) => traitsOf(kind).role;

export const isUnit = (step: Pick<Step, 'kind'>): boolean => roleOf(step) === 'unit';

export const isRunner = (step: Pick<Step, 'kind'>): boolean => isUnit(step) || roleOf(step) === 'pod';

export const isProgram = (step: Pick<Step, 'kind'>): boolean => roleOf(step) === 'program';

export const isConfiguration = (step: Pick<Step, 'kind'>): boolean => roleOf(step) === 'configuration';

/** A file or a program: what runs reads it, and has it as it was until its own turn. */
export const isInput = (step: Pick<Step, 'kind'>): boolean => isConfiguration(step) || isProgram(step);

/** `kubelet` of `kubelet.service` and `/usr/local/bin/kubelet`. */
export const programOf = ({ key }: Pick<Step, 'key'>): string =>
  key.slice(key.lastIndexOf('/') + 1).replace(/\.(service|yaml)$/, '');

const tierOfProgram: Readonly<Record<string, Tier>> = {
  etcd: 'etcd',
  'kube-apiserver': 'api',
  'kw-haproxy': 'balancer',
  'kw-keepalived': 'balancer',
  'kube-controller-manager': 'controllers',
  'kube-scheduler': 'controllers',
  kubelet: 'node',
  'kube-proxy': 'node',
  containerd: 'node',
};

export const tierOf = (step: Named): Tier =>
  tierOfProgram[programOf(step)] ??
  (step.stage === 'etcd' ? 'etcd' : step.stage === 'control-plane' || isConfiguration(step) ? 'api' : 'node');

/** The version that comes with this step (`1.30.2`), where it brings a program of Kubernetes or etcd. */
export const bringsVersion = (step: Step): string | undefined => {
  if (!isProgram(step) || !(programOf(step) in tierOfProgram) || programOf(step) === 'containerd') return undefined;
  const to = step.changes.find(change => change.field === 'version')?.to;
  return typeof to === 'string' && to !== 'absent' ? to.split(' ')[0] : undefined;
};

/** Another version stands in its place today. */
export const replacesVersion = (step: Step): boolean =>
  bringsVersion(step) !== undefined &&
  step.changes.some(({ field, from }) => field === 'version' && from !== undefined);
