/** Mutations of a tree that a text stands for: types, keys, huge values, deep nesting. */
import type { Random } from './random.js';

type Tree = null | boolean | number | string | Tree[] | { [key: string]: Tree };

const isTree = (value: Tree): value is Tree[] | { [key: string]: Tree } => typeof value === 'object' && value !== null;

/** Stands in a tree until it is written: a nesting that no writer would write. */
const deep = 'so-deep-it-shall-be';
const levels = 20_000;
export const deepText = `${'['.repeat(levels)}${']'.repeat(levels)}`;

const values = (random: Random, from: Tree): Tree =>
  random.pick<() => Tree>([
    () => null,
    () => true,
    () => false,
    () => 0,
    () => -1,
    () => 1.5,
    () => 2 ** 53,
    () => 1e308,
    () => '',
    () => ' ',
    () => 'x',
    () => 'null',
    () => '\0\u001b[31m\ud800',
    () => '__proto__',
    () => 'x'.repeat(200_000),
    () => 'a b:c/d,e=f;g '.repeat(10_000),
    () => [],
    () => ({}),
    () => [null],
    () => [[], {}, 'x', 1],
    () => ({ length: 5 }),
    () => ({ toString: 'x', hasOwnProperty: 1, constructor: { prototype: { polluted: 'yes' } } }),
    () => JSON.parse('{"__proto__": {"polluted": "yes"}}') as Tree,
    () => deep,
    () => [from, from],
    () => ({ value: from }),
    () => String(JSON.stringify(from)).slice(0, 10_000),
    () => Array.from({ length: 2_000 }, () => (JSON.stringify(from).length > 200 ? 'x' : from)),
  ])();

const keys = ['__proto__', 'constructor', 'toString', 'length', '', ' ', 'x', '0', 'name', 'value', 'metadata', 'spec'];

/** Every place with a parent, at most `most` of them, chosen fairly enough. */
const places = (root: Tree, random: Random): readonly [Tree[] | { [key: string]: Tree }, string] => {
  let at = root as Tree[] | { [key: string]: Tree };
  for (;;) {
    const all = Object.keys(at);
    if (all.length === 0) return [at, 'x'];
    const key = random.pick(all);
    const below = (at as { [key: string]: Tree })[key] as Tree;
    if (!isTree(below) || Object.keys(below).length === 0 || random.chance(0.15)) return [at, key];
    at = below;
  }
};

const set = (parent: Tree[] | { [key: string]: Tree }, key: string, value: Tree): void => {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
};

const change = (root: Tree, random: Random): Tree => {
  if (!isTree(root) || random.chance(0.01)) return values(random, root);
  const [parent, key] = places(root, random);
  const here = (parent as { [key: string]: Tree })[key] ?? null;
  const what = random.below(10);
  if (what < 6) set(parent, key, values(random, here));
  else if (what === 6 && !Array.isArray(parent)) delete parent[key];
  else if (what === 7 && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (what === 8 && Array.isArray(parent)) parent.push(structuredClone(here));
  else if (!Array.isArray(parent)) {
    if (random.chance(0.5)) delete parent[key];
    set(parent, random.pick(keys), here);
  }
  return root;
};

export const mutateTree = (text: string, random: Random): string | undefined => {
  let root: Tree;
  try {
    root = JSON.parse(text) as Tree;
  } catch {
    return undefined;
  }
  for (let n = 1 + random.below(4); n > 0; n--) root = change(root, random);
  return JSON.stringify(root).replace(`"${deep}"`, deepText);
};
