/** `key=value:Effect`, as kubectl writes it. */
import type { Effect, Taint } from '../model/cluster.js';
import { isLabelKey, isLabelValue } from './names.js';

export const effects: readonly Effect[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Undefined: not a taint. */
export const parseTaint = (text: string): Taint | undefined => {
  const [, key = '', value, effectName = ''] = /^([^=:]+)(?:=([^=:]*))?:([A-Za-z]+)$/.exec(text) ?? [];
  const effect = effects.find(one => one === effectName);
  if (!effect || !isLabelKey(key) || !isLabelValue(value ?? '')) return undefined;
  return { key, ...(value ? { value } : {}), effect };
};
