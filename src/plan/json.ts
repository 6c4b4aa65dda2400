import type { Plan, Step } from '../model/plan.js';
import type { Action } from '../model/resource.js';
import { worst } from '../model/resource.js';
import { estimate } from './estimate.js';

/**
 * The plan for programs. What will be run is told by its sentence, not by its script; no contents but those of the
 * changes.
 */
export const planValue = (plan: Plan, preflight: readonly object[] = []): object => ({
  apiVersion: 'kubewizard/v1',
  kind: 'Plan',
  cluster: plan.cluster,
  digest: plan.digest,
  examined: plan.examined,
  changes: plan.steps.length,
  risk: worst(plan.steps.map(step => step.risk)),
  estimatedSeconds: Math.round(estimate(plan)),
  unseen: plan.unseen,
  leftOut: plan.leftOut ?? [],
  rollout: plan.rollout ?? { waves: [] },
  preflight,
  steps: plan.steps.map(told),
});

/** As JSON text. */
export const planJson = (plan: Plan, preflight: readonly object[] = []): string =>
  JSON.stringify(planValue(plan, preflight), null, 2);

const told = ({ id, host, kind, key, stage, because, changes, risk, after, actions }: Step) => ({
  id,
  host,
  kind,
  key,
  stage,
  because,
  risk,
  after,
  changes: changes.map(({ verb, field, from, to }) => ({ verb, field, from: from ?? null, to: to ?? null })),
  actions: actions.map(sentence),
});

function sentence(action: Action): string {
  switch (action.do) {
    case 'run':
      return action.says ?? 'run a script';
    case 'put':
      return `write ${action.path}`;
    case 'fetch':
      return `fetch ${action.path} (${action.size} bytes)`;
    case 'issue':
      return `issue ${action.to.as === 'pem' ? action.to.cert : action.to.path} for ${action.request.commonName}`;
    case 'call':
      return `${action.method} ${action.path}`;
    case 'drain':
      return `cordon ${action.node} and evict its pods`;
    case 'uncordon':
      return `uncordon ${action.node}`;
    case 'wait':
    case 'await':
      return `wait for ${action.says}`;
  }
}
