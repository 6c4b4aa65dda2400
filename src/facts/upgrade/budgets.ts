/** PodDisruptionBudgets as their controller counts them. */
import { z } from 'zod';
import { type ListFact, list, metadata } from './list.js';

export interface Budget {
  readonly name: string;
  readonly namespace: string;
  readonly selector?: Selector;
  readonly minAvailable?: string | number;
  readonly maxUnavailable?: string | number;
  readonly allowed: number;
  readonly healthy: number;
  readonly desired: number;
  readonly expected: number;
}

export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export const budgets = (apiVersion: 'policy/v1' | 'policy/v1beta1'): ListFact<Budget> =>
  list('disruption-budgets', `/apis/${apiVersion}/poddisruptionbudgets`, item => {
    const { metadata: one, spec, status } = shape.parse(item);
    return {
      name: one.name,
      namespace: one.namespace ?? '',
      ...(spec.selector && { selector: selectorOf(spec.selector) }),
      ...(spec.minAvailable === undefined ? {} : { minAvailable: spec.minAvailable }),
      ...(spec.maxUnavailable === undefined ? {} : { maxUnavailable: spec.maxUnavailable }),
      allowed: status?.disruptionsAllowed ?? 0,
      healthy: status?.currentHealthy ?? 0,
      desired: status?.desiredHealthy ?? 0,
      expected: status?.expectedPods ?? 0,
    };
  });

const selector = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .nullish(),
});

const amount = z.union([z.string(), z.number()]).optional();
const shape = z.object({
  metadata,
  spec: z.object({ selector: selector.nullish(), minAvailable: amount, maxUnavailable: amount }),
  status: z
    .object({
      disruptionsAllowed: z.number().nullish(),
      currentHealthy: z.number().nullish(),
      desiredHealthy: z.number().nullish(),
      expectedPods: z.number().nullish(),
    })
    .nullish(),
});

const selectorOf = ({ matchLabels, matchExpressions }: z.infer<typeof selector>): Selector => ({
  matchLabels: matchLabels ?? {},
  matchExpressions: (matchExpressions ?? []).map(one => ({ ...one, values: one.values ?? [] })),
});

export const selects = (
  { matchLabels, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    return value !== undefined && values.includes(value);
  });
