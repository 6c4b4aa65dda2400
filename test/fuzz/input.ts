/** The input that a target and a seed stand for. */
import { parse, stringify } from 'yaml';
import { mutateText } from './mutate-text.js';
import { deepText, mutateTree } from './mutate-tree.js';
import { type Random, randomOf } from './random.js';
import type { Target } from './target.js';

const kept = new Map<string, readonly string[]>();
const examplesOf = (target: Target): readonly string[] => {
  const all = kept.get(target.name) ?? target.examples();
  kept.set(target.name, all);
  if (all.length === 0) throw new Error(`${target.name} has no examples`);
  return all;
};

const asTree = (target: Target, example: string, random: Random): string | undefined => {
  if (target.form === 'json') return mutateTree(example, random);
  const tree = mutateTree(asJson(example), random);
  // JSON is YAML too; the other half as people write it.
  if (tree === undefined || tree.length > 100_000 || tree.includes(deepText) || random.chance(0.5)) return tree;
  return stringify(JSON.parse(tree));
};

const asJson = (text: string): string => {
  try {
    return JSON.stringify(parse(text, { logLevel: 'silent' })) ?? '';
  } catch {
    return '';
  }
};

/** A megabyte of YAML is read in a second; what is longer is only slower in proportion. */
const longest = 1_000_000;

export const inputOf = (target: Target, seed: number): string => madeOf(target, seed).slice(0, longest);

const madeOf = (target: Target, seed: number): string => {
  const random = randomOf(seed);
  const all = examplesOf(target);
  const [example, other] = [random.pick(all), random.pick(all)];
  const tree = target.form !== 'text' && random.chance(0.6) ? asTree(target, example, random) : undefined;
  if (tree !== undefined && random.chance(0.8)) return tree;
  return mutateText(tree ?? example, random, other);
};
